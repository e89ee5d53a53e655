"""A small fixed probe: for which languages can a model's vectors be trusted?

Thirty-two everyday support questions with the sentence that answers each, in English and Chinese. A model that knows a
language finds a question's own sentence among all of them; a model that does not is lost. The measured shares are kept on
the model's card, and a language below the bar gets no vote from vectors.
"""

from __future__ import annotations

from typing import NamedTuple

from kb.types import Encoder


class Quad(NamedTuple):
    question_en: str
    passage_en: str
    question_zh: str
    passage_zh: str


PROBE: tuple[Quad, ...] = tuple(
    Quad(*row)
    for row in (
        ("How do I reset my password?", "Choose Forgotten on the sign-in page and follow the link in the mail.",
         "密码忘了怎么办？", "在登录页点“找回”，按邮件里的链接操作即可。"),
        ("When will my money come back?", "Refunds reach the original card within seven working days.",
         "钱什么时候退回来？", "退款会在七个工作日内原路返还到付款账户。"),
        ("Can I change where it is delivered?", "The address may be edited until the parcel leaves the warehouse.",
         "收货地址还能改吗？", "包裹出库之前都可以修改送达地点。"),
        ("The screen stays black.", "Hold the power key for fifteen seconds to restart an unresponsive device.",
         "屏幕一直黑着", "长按电源键十五秒，可强制重启没有反应的设备。"),
        ("How long does the battery last?", "A full charge gives about ten hours of use.",
         "电池能用多久？", "充满一次大约可以使用十个小时。"),
        ("Is it waterproof?", "The case withstands rain and splashes but must not be submerged.",
         "防水吗？", "外壳可防雨水和泼溅，但不可浸入水中。"),
        ("I want to speak to someone.", "Our agents answer the phone from nine to six on weekdays.",
         "我要找人工", "客服人员工作日九点到十八点接听电话。"),
        ("Where do I find the invoice?", "Receipts can be downloaded as PDF from the order page.",
         "发票在哪里下载？", "电子票据可在订单详情页保存为 PDF。"),
        ("My card was declined.", "A payment fails when the bank refuses it or the limit is exceeded.",
         "付款失败了", "银行拒绝或超出限额时，支付会不成功。"),
        ("How do I stop the subscription?", "Membership ends at the close of the billing period once you switch off renewal.",
         "怎么取消续费？", "关闭自动扣款后，会员资格到本期结束为止。"),
        ("Which countries do you ship to?", "We send parcels to all of Europe, Japan and Canada.",
         "能寄到国外吗？", "我们可向欧洲各国、日本和加拿大发货。"),
        ("The app crashes at start.", "Install the newest version; older releases close on launch.",
         "应用一打开就闪退", "请安装最新版本，旧版本启动时会自动关闭。"),
        ("How do I add a colleague?", "Administrators invite new members by mail under Team.",
         "怎么添加同事？", "管理员可在“团队”里用邮箱邀请新成员。"),
        ("Can I export my data?", "All records can be saved as a spreadsheet from Settings.",
         "数据可以导出吗？", "在设置里可把全部记录存为表格文件。"),
        ("Why is the internet so slow?", "Place the router higher and away from walls for a better signal.",
         "网速为什么这么慢？", "把路由器放高、远离墙壁，信号会更好。"),
        ("What does the red light mean?", "A red lamp shows that the cartridge is empty.",
         "红灯亮是什么意思？", "指示灯变红表示墨盒已用完。"),
        ("How do I clean it?", "Wipe the surface with a soft dry cloth; never use alcohol.",
         "怎么清洁？", "用柔软的干布擦拭表面，切勿使用酒精。"),
        ("Is there a discount for students?", "Learners with a valid school card pay half the price.",
         "学生有优惠吗？", "持有效学生证可享半价。"),
        ("How do I delete my account?", "Closing the profile erases all personal information after thirty days.",
         "怎么注销账号？", "关闭个人档案三十天后，所有个人信息会被清除。"),
        ("I got the wrong item.", "If something else was sent, we exchange it free of charge.",
         "发错货了", "如果寄来的不是您买的东西，我们免费调换。"),
        ("How many people can use it at once?", "Up to five users may be signed in at the same time.",
         "可以几个人同时用？", "最多允许五位用户同时在线。"),
        ("Does it work offline?", "Without a connection you can read saved pages but not edit them.",
         "没有网络能用吗？", "断网时可以查看已保存的页面，但不能编辑。"),
        ("Where is the serial number?", "Look for the label under the bottom cover.",
         "序列号在哪里？", "请看机身底部的标签。"),
        ("How do I turn on dark mode?", "Switch the colour theme under Appearance.",
         "怎么打开深色模式？", "在“外观”里切换配色主题。"),
        ("My parcel never arrived.", "A lost shipment is replaced after a search of three days.",
         "快递一直没收到", "包裹遗失的，查找三天后补发。"),
        ("How do I collect points?", "Every euro spent earns one credit for later purchases.",
         "积分怎么攒？", "每消费一元得一分，可抵扣以后的购物。"),
        ("What if I lose my phone?", "Sign in with a backup code and register the new handset.",
         "手机丢了怎么登录？", "用备用码登录，再绑定新的设备。"),
        ("Can I return opened software?", "Unsealed programs and downloads are excluded from withdrawal.",
         "拆封的软件能退吗？", "已拆封的程序和下载内容不支持退货。"),
        ("How loud is it?", "Operating noise stays below forty decibels.",
         "噪音大不大？", "运行时的声音低于四十分贝。"),
        ("Who repairs it under warranty?", "Authorised workshops fix manufacturing faults for two years.",
         "保修期内谁负责维修？", "两年内的制造缺陷由授权服务点免费修理。"),
        ("How do I change the language?", "Pick another display tongue from the menu at the top right.",
         "怎么切换成英文？", "在右上角的菜单里选择其他显示语种。"),
        ("Is my data encrypted?", "Everything is scrambled with AES on the way and on disk.",
         "我的数据安全吗？", "传输和存储全程使用 AES 加密。"),
    )
)  # fmt: skip


def measure_skill(encoder: Encoder) -> dict[str, float]:
    """Share of the probe's questions whose own passage is nearest, per direction, in [0, 1].

    Keys: ``en``, ``zh`` (question and passages in that language), ``en-zh`` and ``zh-en`` (question language first).
    """
    questions = {
        "en": encoder.encode([quad.question_en for quad in PROBE], query=True),
        "zh": encoder.encode([quad.question_zh for quad in PROBE], query=True),
    }
    passages = {
        "en": encoder.encode([quad.passage_en for quad in PROBE]),
        "zh": encoder.encode([quad.passage_zh for quad in PROBE]),
    }
    skill = {}
    for asked, question_vectors in questions.items():
        for written, passage_vectors in passages.items():
            nearest = (question_vectors @ passage_vectors.T).argmax(axis=1)
            right = sum(int(found) == row for row, found in enumerate(nearest))
            skill[asked if asked == written else f"{asked}-{written}"] = right / len(PROBE)
    return skill
