"""The shortest way to a model: start the gateway (npm start), then run this file."""

from client import chat, list_models

# 获取可用模型
print(list_models())

# 发送聊天请求
print(chat("你好", "gpt-3.5-turbo"))

# 带参数调用
print(chat("用一句话总结AI发展", "gpt-3.5-turbo", max_tokens=50, temperature=0.7))
