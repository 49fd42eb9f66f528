import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeConfig } from '../write-config.js';
import { importLiteLlm } from './litellm.js';

/**
 * The names of the settings in LiteLLM's reference and in the examples of its documentation, May 2026.
 * @see https://docs.litellm.ai/docs/proxy/config_settings
 */
const DOCUMENTED = {
  top: `
    callback_settings credential_list environment_variables files_settings finetune_settings
    general_settings guardrails include litellm_settings mcp_servers model_list policies policy_attachments
    prompts router_settings search_tools tag_routing vector_store_registry worker_registry`,
  router_settings: `
    alerting_config allowed_fails allowed_fails_policy assistants_config cache_kwargs cache_params
    cache_responses caching_groups client_ttl content_policy_fallbacks context_window_fallbacks
    cooldown_time debug_level default_fallbacks default_litellm_params default_max_parallel_requests
    default_priority deployment_affinity_ttl_seconds disable_cooldowns enable_health_check_routing
    enable_pre_call_check enable_pre_call_checks enable_tag_filtering fallbacks guardrail_list
    health_check_ignore_transient_errors health_check_staleness_threshold ignore_invalid_deployments
    max_fallbacks model_group_affinity_config model_group_alias model_group_retry_policy num_retries
    optional_pre_call_checks polling_interval provider_budget_config redis_db redis_host redis_password
    redis_port redis_url retry_after retry_policy router_general_settings routing_strategy
    routing_strategy_args search_tools set_verbose stream_timeout tag_filtering_match_any timeout`,
  litellm_settings: `
    LITELLM_DISABLE_STOP_SEQUENCE_LIMIT REPEATED_STREAMING_CHUNK_LIMIT add_user_information_to_llm_headers
    allow_dynamic_callback_disabling allowed_fails argilla_transformation_object audit_log_callbacks
    aws_sqs_callback_params azure_content_safety_params banned_keywords_list blocked_user_list
    budget_duration cache cache_params callbacks check_provider_endpoint cold_storage_custom_logger
    compression_interception_params content_policy_fallbacks context_window_fallbacks cooldown_time
    cost_discount_config cost_margin_config custom_prometheus_metadata_labels custom_prometheus_tags
    custom_provider_map database_url default_fallbacks default_internal_user_params
    default_key_generate_params default_team_params default_team_settings default_vertex_config
    disable_add_transform_inline_image_block disable_add_user_agent_to_request_tags
    disable_copilot_system_to_assistant disable_end_user_cost_tracking
    disable_end_user_cost_tracking_prometheus_only disable_hf_tokenizer_download drop_params
    enable_azure_ad_token_refresh enable_caching_on_provider_specific_optional_params
    enable_end_user_cost_tracking_prometheus_only enable_json_schema_validation
    enable_key_alias_format_validation enable_loadbalancing_on_batch_endpoints
    enable_model_config_credential_overrides enable_preview_features enable_redis_auth_cache
    extra_spend_tag_headers failure_callback fallbacks forward_client_headers_to_llm_api
    forward_llm_provider_auth_headers forward_traceparent_to_llm_provider global_bitbucket_config
    global_disable_no_log_param global_gitlab_config global_prompt_directory
    google_moderation_confidence_threshold guardrails internal_user_budget_duration json_logs
    key_generation_settings langfuse_default_tags langfuse_public_key langfuse_secret_key
    langsmith_batch_size llamaguard_model_name llm_guard_mode log_raw_request_response
    logged_real_time_event_types master_key max_budget max_end_user_budget max_end_user_budget_id
    max_internal_user_budget mcp_aliases mcp_semantic_tool_filter model_group_settings modify_params
    network_mock num_retries priority_reservation priority_reservation_settings prometheus_emit_stream_label
    prometheus_initialize_budget_metrics prometheus_metrics_config prompt_injection_params
    reasoning_auto_summary redact_user_api_key_info request_timeout require_auth_for_metrics_endpoint
    return_response_headers route_all_chat_openai_to_responses s3_callback_params service_callbacks
    set_verbose skip_system_message_in_guardrail ssl_certificate ssl_ecdh_curve ssl_security_level
    ssl_verify store_audit_logs success_callback tag_budget_config timezone toxic_confidence_threshold
    turn_off_message_logging ui_theme_config upperbound_key_generate_params
    use_chat_completions_url_for_anthropic_messages vertex_ai_safety_settings vertex_location vertex_project`,
  general_settings: `
    admin_only_routes alert_to_webhook_url alert_type_config alert_types alerting alerting_args
    alerting_threshold alerts allow_client_side_credentials allow_requests_on_db_unavailable allow_user_auth
    allowed_ips allowed_routes always_include_stream_usage auto_redirect_ui_login_to_sso
    background_health_checks block_robots completion_model control_plane_url custom_auth
    custom_auth_run_common_checks custom_auth_settings custom_key_generate custom_sso
    custom_ui_sso_sign_in_handler database_connection_pool_limit database_connection_pool_timeout
    database_connection_timeout database_url default_team_disabled disable_adding_master_key_hash_to_db
    disable_error_logs disable_master_key_return disable_prisma_schema_update disable_reset_budget
    disable_responses_id_security disable_retry_on_max_parallel_request_limit_error disable_spend_logs
    disable_spend_updates embedding_model enable_health_check_routing enable_jwt_auth enable_mcp_registry
    enable_oauth2_auth enforce_rbac enforce_user_param enforced_params forward_client_headers_to_llm_api
    forward_llm_provider_auth_headers forward_openai_org_id global_max_parallel_requests
    health_check_concurrency health_check_details health_check_ignore_transient_errors health_check_interval
    health_check_staleness_threshold image_generation_model infer_model_from_keys key_management_settings
    key_management_system litellm_jwtauth litellm_key_header_name litellm_license master_key
    max_parallel_requests max_request_size_mb max_response_size_mb maximum_spend_logs_cleanup_cron
    maximum_spend_logs_retention_interval maximum_spend_logs_retention_period
    mcp_client_side_auth_header_name mcp_internal_ip_ranges mcp_required_fields mcp_trusted_proxy_ranges
    moderation_model otel pass_through_endpoints proxy_batch_polling_interval proxy_batch_write_at
    proxy_budget_rescheduler_max_time proxy_budget_rescheduler_min_time public_routes
    reject_clientside_metadata_tags require_end_user_mcp_access_defined role_permissions search_tools
    service_account_settings set_verbose spend_report_frequency store_model_in_db
    store_prompts_in_cold_storage store_prompts_in_spend_logs supported_db_objects token_rate_limit_type
    ui_access_mode use_azure_key_vault use_client_credentials_pass_through_routes use_google_kms
    use_redis_transaction_buffer use_shared_health_check use_x_forwarded_for user_api_key_cache_ttl
    user_header_mappings user_header_name user_mcp_management_mode`,
  litellm_params: `
    adapter_base adapter_id adapter_source adaptive_router_config additional_drop_params
    allowed_openai_params api_base api_key api_version aws_access_key_id aws_batch_role_arn aws_profile_name
    aws_region_name aws_role_name aws_sagemaker_allow_zero_temp aws_secret_access_key aws_session_name
    aws_web_identity_token azure_ad_token azure_password azure_scope azure_username base_model bos_token
    budget_duration cache_control_injection_points client_id client_secret complexity_router_config
    complexity_router_default_model cooldown_time custom_llm_provider eos_token extra_headers
    final_prompt_value guardrails initial_prompt_value input_type instructions invocationId keep_alive
    litellm_credential_name max_budget max_new_tokens max_retries max_tokens
    merge_reasoning_content_in_choices min_tokens mock_response model model_id order organization
    performanceConfig project_id prompt_id qualifier raw_scores reasoning_effort region_name
    repetition_penalty requestMetadata roles rpm s3_access_key_id s3_bucket_name s3_encryption_key_id
    s3_region_name s3_secret_access_key safety_settings seed serviceTier silent_model ssl_verify
    stream_timeout tag_regex tags temperature tenant_id thinking timeout top_k top_p tpm
    use_chat_completions_api use_in_pass_through use_psc_endpoint_format user_agent user_continue_message
    vector_store_ids vertex_ai_credentials vertex_ai_location vertex_ai_project vertex_count_tokens_location
    vertex_credentials vertex_location vertex_project voice web_search_options`,
  model_info: `
    access_groups adaptive_router_preferences base_model cache_creation_input_token_cost
    cache_read_input_token_cost custom_tokenizer disable_background_health_check health_check_max_tokens
    health_check_max_tokens_non_reasoning health_check_max_tokens_reasoning health_check_model
    health_check_timeout id input_cost_per_audio_token input_cost_per_second input_cost_per_token
    litellm_provider max_input_tokens metadata mode output_cost_per_audio_token output_cost_per_token
    search_context_cost_per_query supported_endpoints supported_environments supports_audio_input
    supports_audio_output supports_computer_use supports_function_calling supports_pdf_input
    supports_reasoning supports_vision supports_web_search version web_search_billing_unit`,
};

/** What is read for the models themselves, not carried as a setting. */
const OF_THE_LIST = new Set(['model_list', 'router_settings', 'litellm_settings', 'general_settings']);
/** What is so without the setting. */
const USUAL = new Set(['ssl_verify: true']);
/** Whatever the kind of the value: one that cannot be read is named as well. */
const VALUES: readonly unknown[] = [true, 7, 'word', ['word'], { word: 'word' }];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function imported(document: object): { yaml: string; notes: string } {
  const path = join(folder, 'config.yaml');
  writeFileSync(path, JSON.stringify(document));
  const gateway = importLiteLlm(path);
  return { yaml: writeConfig(gateway, path).yaml, notes: JSON.stringify(gateway.notes) };
}

const model = (params: object = {}, info: object = {}) => ({
  model_name: 'm',
  litellm_params: { model: 'openai/o', api_key: 'os.environ/KEY', ...params },
  model_info: info,
});
const others = ['a', 'b'].map((name) => ({ ...model(), model_name: name }));

const PLACES: Readonly<Record<keyof typeof DOCUMENTED, (name: string, value: unknown) => object>> = {
  top: (name, value) => ({ model_list: [model(), ...others], [name]: value }),
  router_settings: (name, value) => ({
    model_list: [model(), model(), ...others],
    router_settings: { [name]: value },
  }),
  litellm_settings: (name, value) => ({
    model_list: [model(), ...others],
    litellm_settings: { [name]: value },
  }),
  general_settings: (name, value) => ({
    model_list: [model(), ...others],
    general_settings: { [name]: value },
  }),
  litellm_params: (name, value) => ({
    model_list: [model({ [name]: value }), model({ model: 'openai/p', order: 9 }), ...others],
  }),
  model_info: (name, value) => ({ model_list: [model({}, { [name]: value }), model(), ...others] }),
};

describe('documented settings of LiteLLM', () => {
  it.each(Object.keys(PLACES) as (keyof typeof DOCUMENTED)[])(
    'carries or names each of %s, regardless of its value',
    (place) => {
      const names = DOCUMENTED[place].trim().split(/\s+/);
      const build = PLACES[place];
      const without = imported(build('model_list_of_none', null));
      const silent: string[] = [];
      for (const name of names.filter((other) => !OF_THE_LIST.has(other))) {
        for (const value of VALUES) {
          if (name === 'include') continue;
          const { yaml, notes } = imported(build(name, value));
          const isNamed =
            notes !== without.notes && notes.includes(name.endsWith('fallbacks') ? 'fallbacks' : name);
          if (yaml === without.yaml && !isNamed) silent.push(`${name}: ${JSON.stringify(value)}`);
        }
      }
      expect(silent.filter((setting) => !USUAL.has(setting))).toEqual([]);
      expect(names.length).toBeGreaterThan(15);
    },
  );
});
