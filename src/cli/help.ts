/** What `--help` prints. */
export const HELP = `One OpenAI-compatible door in front of every model service of a team.

Usage: llm-gateway [--mode MODE] [options]
       llm-gateway try MODEL [options]
       llm-gateway key | sandbox [options]

Modes:
  --mode server   serve the HTTP API until a signal comes (default)
  --mode local    one chat in the terminal, without a server
  --mode list     show every configured model
  --mode test     try every enabled model, or the one of --model

Commands:
  try MODEL       walk through one call step by step: login, request, answer,
                  what each expression gave; secrets are masked
  key             make an API key, with its SHA-256 digest for the configuration
  sandbox         run the pretend model service by itself

Options:
  --config PATH   configuration file                        all modes, try
  --host HOST     address to listen on                      server, sandbox
  --port PORT     port to listen on; 0 takes a free one     server, sandbox
  --faults FILE   how the pretend service misbehaves (YAML) sandbox
  --reload        restart when source or configuration
                  changes (for development)                 server
  --model NAME    the model to ask; local: the first
                  enabled one, test: all of them            local, test
  --message TEXT  what to say (你好)                        local, test, try
  --force         try a login that was refused once more,
                  though its pause is not over              test
  --interactive   hold a conversation; /exit or Ctrl-D
                  ends it                                   local
  --stream        ask for a stream                          try
  --reply FILE    read this recorded answer instead of
                  calling the model (a JSON document, or
                  a stream)                                 try
  --dry-run       show the requests, call nothing           try
  --json          print JSON, for programs                  list, test, try, key
  -h, --help      show this
  -v, --version   show the version

Examples:
  llm-gateway --port 8080
  llm-gateway --mode local --model gpt-4 --message "Who are you?"
  llm-gateway --mode local --interactive
  llm-gateway --mode test --json
  llm-gateway try custom-model --dry-run
  llm-gateway sandbox --port 9100 --faults examples/faults.yaml
  npm start -- --mode list

Environment:
  PORT                port to listen on; --port goes first, the file comes last
  LLM_GATEWAY_CONFIG  configuration file; --config goes first
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                      the way to model services without a 'proxy' of their own

The configuration is config/models.yaml unless told otherwise.
Answers go to stdout, errors to stderr. Exit codes: 0 done, 1 failed, 2 wrong arguments.
`;
