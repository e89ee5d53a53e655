"""The Chinese side of the generated reference tables; a test finds what is missing."""

from __future__ import annotations

SETTINGS_ZH = {
    "data": "数据文件夹：索引、数据库、导出的模型和密钥。",
    "articles": "调用 POST /v1/index 和监视模式时重新读取的文章文件夹；默认为上一次建立索引的那个。",
    "encoder": "向量模型：默认使用随程序安装的模型，也可以写任何 sentence-transformers 模型的名称或路径。",
    "encoder_threads": "为一个问题计算向量时使用的线程数。",
    "site_name": "页面上显示的名称。",
    "site_url": "帮助中心的公开地址，结尾不带斜杠；留空则使用请求的地址。",
    "watch": "服务运行时，文章一有修改就重新建立索引。",
    "rate_limit_enabled": "按地址限制请求次数。",
    "rate_limit": "每个地址允许的请求次数，写法与 limits 包相同。",
    "require_key": "公开接口也要求密钥。",
    "max_concurrency": "同时处理和等待的请求数上限，超过后返回 503。",
    "handoff_channels": "联系人工的方式名称，随每个回答一起显示。",
    "handoff_contact": "人工的联系地址（URL 或 mailto:），用于“联系人工”链接。",
    "retention_days": "问题记录的保留天数，超过后由 `kb purge` 删除。",
    "log_level": "写到 stderr 的日志的详细程度。",
}

COMMANDS_ZH = {
    "init": "新建数据文件夹和带有两篇示例文章的文件夹；已有的文件不会改动。",
    "index": "建立或更新索引；只有改动过的段落才会重新计算向量。",
    "serve": "启动帮助中心和 API 服务。",
    "ask": "回答一个问题，并给出答案在文章中的出处。",
    "search": "列出匹配的文章，最相关的在前。",
    "explain": "说明为什么找到这些段落，为什么没有找到另一篇文章；不写入记录。",
    "gaps list": "列出知识缺口，影响人数最多的在前。",
    "gaps show": "显示一个缺口：问题、最接近的文章和处理历史。",
    "gaps assign": "把缺口交给一位负责人。",
    "gaps export": "以 CSV 或 JSON 输出全部缺口。",
    "report": "输出一段时间内的各项数字。",
    "eval": "用已知正确段落的问题衡量回答质量，并与简单的基准方法比较。",
    "calibrate": "用随附的问题集拟合置信度，并显示它的可靠程度。",
    "lint": "只检查文章，不建立索引：损坏的文件、链接、日期、重复内容。",
    "keys create": "新建密钥，只显示一次；系统只保存它的哈希值。",
    "keys list": "列出密钥，不显示密钥本身。",
    "keys revoke": "从现在起停用一个密钥。",
    "doctor": "检查 Python、软件包、数据文件夹、索引、向量模型、数据库和磁盘空间。",
    "purge": "删除问题及其投票和信号；不带选项时删除超过 KB_RETENTION_DAYS 天的记录。",
}
