/** A reason why settings are not imported, with the names of the settings that share it. */
type Reasons = readonly (readonly [why: string, names: string])[];

const SAMPLING = 'the gateway sets no defaults but max_tokens: clients send it';
const FIELDS_PASS =
  'fields pass as the client sent them; those that have no place in another format are named in x-gateway-dropped';
const PROBES = 'idle models are probed where they have a probe (models.*[].probe)';
const KEYS_ONLY = 'clients are known by their API keys (auth.api_keys)';
const SET_LIMITS = 'give each key or team its own (limits in auth)';
const TAGS = 'calls are not routed by tags';

/** Settings outside `model_list`. */
const SETTINGS: Reasons = [
  [FIELDS_PASS, 'drop_params modify_params'],
  [
    SAMPLING,
    'default_litellm_params default_params reasoning_auto_summary default_vertex_config vertex_ai_safety_settings',
  ],
  ['the log has settings of its own (logging)', 'set_verbose json_logs log_level debug_level verbose'],
  ['the gateway sends no telemetry', 'telemetry'],
  [
    'the log shows no prompts and no responses; logging.content admits texts of failed upstreams',
    'turn_off_message_logging redact_user_api_key_info redact_messages_in_exceptions global_disable_no_log_param log_raw_request_response store_prompts_in_spend_logs store_prompts_in_cold_storage cold_storage_custom_logger',
  ],
  [
    'usage has a store of its own (usage)',
    'disable_spend_logs disable_spend_updates disable_error_logs maximum_spend_logs_retention_period maximum_spend_logs_retention_interval maximum_spend_logs_cleanup_cron proxy_batch_write_at disable_end_user_cost_tracking disable_end_user_cost_tracking_prometheus_only enable_end_user_cost_tracking_prometheus_only store_audit_logs extra_spend_tag_headers',
  ],
  [
    'the gateway has no such database: usage has a store of its own (usage)',
    'database_connection_pool_limit database_connection_timeout database_connection_pool_timeout allow_requests_on_db_unavailable disable_prisma_schema_update use_redis_transaction_buffer disable_database proxy_budget_rescheduler_min_time proxy_budget_rescheduler_max_time disable_reset_budget',
  ],
  [
    'keys and spend of a database are not in this file: import keys with --keys, or make them with: llm-gateway key',
    'database_url',
  ],
  ['models of a database are not in this file', 'store_model_in_db supported_db_objects'],
  [
    PROBES,
    'background_health_checks health_check_interval health_check_concurrency health_check_staleness_threshold health_check_ignore_transient_errors health_check_details enable_health_check_routing use_shared_health_check',
  ],
  [
    'a prompt that is too long goes to a fallback with on: [context_length]',
    'enable_pre_call_check enable_pre_call_checks optional_pre_call_checks',
  ],
  [
    'switch cache_answers on for the models whose answers may be repeated',
    'cache cache_params cache_responses caching_groups',
  ],
  [
    'replicas share tokens and limits with cache.redis_url and cache.encryption_key',
    'redis_host redis_port redis_password redis_url redis_db cache_kwargs enable_redis_auth_cache',
  ],
  [
    SET_LIMITS,
    'max_budget budget_duration max_internal_user_budget internal_user_budget_duration max_end_user_budget max_end_user_budget_id default_internal_user_params default_key_generate_params upperbound_key_generate_params default_team_settings default_team_params default_end_user_params provider_budget_config tag_budget_config max_parallel_requests global_max_parallel_requests priority_reservation priority_reservation_settings token_rate_limit_type',
  ],
  [
    'concurrency is limited by model (limits.max_concurrent)',
    'default_max_parallel_requests default_priority polling_interval disable_retry_on_max_parallel_request_limit_error',
  ],
  [
    'alert rules for Prometheus are in deploy/prometheus',
    'alerting alerting_threshold alerting_args alerting_config alert_types alert_type_config alert_to_webhook_url spend_report_frequency alerts',
  ],
  [
    'metrics are at /metrics; their labels are fixed',
    'custom_prometheus_metadata_labels custom_prometheus_tags prometheus_metrics_config prometheus_initialize_budget_metrics prometheus_emit_stream_label',
  ],
  ['who may scrape metrics is set in metrics', 'require_auth_for_metrics_endpoint'],
  ['the breaker opens by the share of failed calls (breaker)', 'allowed_fails allowed_fails_policy'],
  ['pauses follow what the service says (retry.max_retry_after_seconds)', 'retry_after'],
  [
    'retries are the same for all causes (retry.max_retries)',
    'retry_policy model_group_retry_policy REPEATED_STREAMING_CHUNK_LIMIT',
  ],
  ['each fallback takes over once', 'max_fallbacks'],
  [
    'clients name the model',
    'default_model completion_model embedding_model image_generation_model moderation_model infer_model_from_keys',
  ],
  [
    'routes are those of the wire formats',
    'pass_through_endpoints use_client_credentials_pass_through_routes',
  ],
  [TAGS, 'enable_tag_filtering tag_filtering_match_any disable_add_user_agent_to_request_tags'],
  [
    'deployments are chosen anew for each call',
    'deployment_affinity_ttl_seconds model_group_affinity_config routing_strategy_args',
  ],
  [
    'the headers that reach a service are set by the gateway and by headers of the model',
    'forward_client_headers_to_llm_api forward_llm_provider_auth_headers forward_openai_org_id forward_traceparent_to_llm_provider add_user_information_to_llm_headers model_group_settings return_response_headers',
  ],
  [
    KEYS_ONLY,
    'custom_auth custom_auth_settings custom_auth_run_common_checks enable_jwt_auth litellm_jwtauth enable_oauth2_auth enable_oauth2_proxy_auth oauth2_config_mappings custom_sso custom_ui_sso_sign_in_handler auto_redirect_ui_login_to_sso allow_user_auth enforce_rbac role_permissions user_header_name user_header_mappings service_account_settings litellm_key_header_name user_api_key_cache_ttl allow_client_side_credentials enforce_user_param default_team_disabled',
  ],
  [
    'keys are made with: llm-gateway key',
    'custom_key_generate key_generation_settings enable_key_alias_format_validation disable_master_key_return disable_adding_master_key_hash_to_db',
  ],
  [
    'restrict addresses and routes in front of the gateway',
    'allowed_ips public_routes admin_only_routes allowed_routes use_x_forwarded_for block_robots',
  ],
  [
    'secrets are taken from variables and files (${NAME}, ${file:/path})',
    'key_management_system key_management_settings use_azure_key_vault use_google_kms',
  ],
  [
    'the dashboard takes API keys (server.ui)',
    'ui_username ui_password ui_access_mode ui_theme_config enable_admin_ui',
  ],
  ['the gateway needs no address of its own', 'proxy_base_url control_plane_url'],
  ['set tls for the models that need it', 'ssl_verify ssl_certificate ssl_security_level ssl_ecdh_curve'],
  ['prices are set by model (price)', 'cost_discount_config cost_margin_config'],
  ['the gateway keeps no responses', 'disable_responses_id_security'],
  [
    'usage of streams is requested where it is needed (models.*[].stream_usage)',
    'always_include_stream_usage',
  ],
  ['the largest response of a model is set in limits.answer', 'max_response_size_mb'],
  [
    'credentials of models belong to the models',
    'enable_azure_ad_token_refresh vertex_project vertex_location',
  ],
];

/** Fields of `litellm_params` and of a model's entry. */
const PARAMS: Reasons = [
  [
    SAMPLING,
    'temperature top_p top_k seed stop reasoning_effort thinking extra_body repetition_penalty presence_penalty frequency_penalty min_tokens max_new_tokens safety_settings web_search_options voice input_type serviceTier',
  ],
  [FIELDS_PASS, 'drop_params additional_drop_params allowed_openai_params modify_params'],
  [
    'limits of requests and tokens a minute belong to keys and teams (limits in auth)',
    'rpm tpm rpm_limit tpm_limit',
  ],
  ['budgets belong to keys and teams (limits in auth)', 'max_budget budget_duration'],
  ['the sandbox simulates services (base_url "sandbox:/v1")', 'mock_response'],
  [
    'it belongs to an account of Google Cloud; see the Vertex example in config/examples',
    'vertex_project vertex_location vertex_credentials vertex_ai_project vertex_ai_location vertex_ai_credentials',
  ],
  [
    'it belongs to an account of AWS',
    'aws_region_name aws_access_key_id aws_secret_access_key aws_session_token aws_session_name aws_role_name aws_profile_name aws_web_identity_token aws_sts_endpoint aws_bedrock_runtime_endpoint',
  ],
  [
    'Azure is called with an API key; a login with an application is described as a model of type request',
    'azure_ad_token azure_scope azure_username azure_password tenant_id client_id client_secret',
  ],
  ["it belongs to Azure's addresses", 'api_version'],
  [TAGS, 'tags tag_regex'],
  ['its name is not in credential_list', 'litellm_credential_name'],
  [
    'set fallbacks in router_settings before the import, or in the YAML',
    'fallbacks context_window_fallbacks',
  ],
  ['thinking has its own place in each format', 'merge_reasoning_content_in_choices'],
  ['routes are those of the wire formats', 'use_in_pass_through'],
  ['set tls for the model', 'ssl_verify'],
];

/** Fields of `model_info`. */
const INFO: Reasons = [
  ['GET /v1/models shows what a model serves (speaks)', 'mode supported_endpoints'],
  ["it describes the model in LiteLLM's lists", 'base_model litellm_provider version metadata description'],
  ['the limit of output tokens is max_tokens of the model', 'max_tokens max_input_tokens max_output_tokens'],
  [PROBES, 'health_check_model health_check_timeout health_check_max_tokens disable_background_health_check'],
  [
    'give the keys the names of the models, or patterns (auth.api_keys[].models)',
    'access_groups team_id team_public_model_name',
  ],
  ['prices are per token (price)', 'input_cost_per_second output_cost_per_second input_cost_per_image'],
];

/** Settings that are not listed here are left out and named as well. */
const NO_EQUIVALENT = 'it has no equivalent';

const index = (reasons: Reasons): ReadonlyMap<string, string> =>
  new Map(reasons.flatMap(([why, names]) => names.split(' ').map((name) => [name, why] as const)));
const settings = index(SETTINGS);
const params = index(PARAMS);
const info = index(INFO);

/** Why a setting outside `model_list` is not imported. */
export function whySettingIsLeft(name: string): string {
  return settings.get(name) ?? NO_EQUIVALENT;
}

/** Why a field of `litellm_params` is not imported. */
export function whyParameterIsLeft(name: string): string {
  return params.get(name) ?? NO_EQUIVALENT;
}

/** Why a field of `model_info` is not imported. */
export function whyModelInfoIsLeft(name: string): string {
  if (name.startsWith('supports_') || name.startsWith('supported_'))
    return info.get(name) ?? "it describes the model in LiteLLM's lists";
  return info.get(name) ?? NO_EQUIVALENT;
}
