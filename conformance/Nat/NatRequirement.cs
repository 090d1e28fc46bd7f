namespace Weft.Conformance.NatTests;

/// <summary>A requirement of a standard: the tests that hold the engine to it, or why there is none.</summary>
/// <param name="Rfc">Number of the standard.</param>
/// <param name="Id">Requirement or section, as the standard counts.</param>
/// <param name="Asks">What it asks, in a few words of ours.</param>
/// <param name="Tests">Names of tests; whoever renames one renames it here.</param>
/// <param name="Exception">Why the engine does something else, or something only in part.</param>
internal sealed record NatRequirement(int Rfc, string Id, string Asks, string[] Tests, string? Exception = null)
{
    /// <summary>Every numbered requirement of the five standards.</summary>
    public static readonly NatRequirement[] All =
    [
        new(4787, "REQ-1", "endpoint-independent mapping", ["Rfc4787_Req1_One_mapping_serves_all_remotes", "Rfc4787_Req1_Mapping_per_remote_is_there_for_who_asks_for_it"]),
        new(4787, "REQ-2", "paired pooling", ["Rfc4787_Req2_A_machine_keeps_its_shared_address_even_when_that_is_full"]),
        new(4787, "REQ-3", "no port overloading", ["Rfc4787_Req3_No_two_inside_endpoints_share_a_port_and_the_whole_block_is_used"]),
        new(4787, "REQ-3a", "well-known ports stay well-known, others others", ["Rfc4787_Req3a_Well_known_ports_come_from_well_known_ports_and_others_never_do"]),
        new(4787, "REQ-4", "parity preserved", ["Rfc4787_Req4_Parity_is_kept_while_there_are_ports_of_it"]),
        new(4787, "REQ-5", "UDP timer of at least two minutes", ["Rfc4787_Req5_Less_than_two_minutes_cannot_be_configured"]),
        new(4787, "REQ-5a", "shorter timers for well-known destinations (MAY)", [], "one timer for all destinations, so that a mapping that serves many remotes has one"),
        new(4787, "REQ-5b, 5c", "configurable, five minutes by default", ["Rfc4787_Req5_A_mapping_lives_five_minutes_by_default", "Rfc4787_Req5_Less_than_two_minutes_cannot_be_configured"]),
        new(4787, "REQ-6, 6a", "outbound packets refresh, inbound ones may", ["Rfc4787_Req6_Outbound_packets_refresh_and_inbound_ones_if_configured"]),
        new(4787, "REQ-7", "inside and outside addresses may conflict", ["Rfc4787_Req7_A_remote_may_have_the_address_of_a_machine_and_two_networks_the_same_machines"]),
        new(4787, "REQ-8", "endpoint-independent or address-dependent filtering", ["Rfc4787_Req8_Who_may_send_is_as_configured"]),
        new(4787, "REQ-9, 9a", "hairpinning with external source", ["Rfc4787_Req9_and_9a_Machines_reach_each_other_by_external_endpoints_and_see_external_ones", "Rfc4787_Req9_A_shared_port_of_ours_that_nobody_uses_leads_nowhere_and_not_in_circles", "Rfc4787_Req9_Machines_with_and_without_an_address_of_their_own_reach_each_other"]),
        new(4787, "REQ-10, 10a", "application gateways off", [], "there are none to be switched off"),
        new(4787, "REQ-11", "deterministic behaviour", ["Rfc4787_Req11_A_full_block_does_not_change_how_mapping_and_filtering_behave"]),
        new(4787, "REQ-12, 12a", "ICMP ends no mapping and is not filtered by its source", ["Rfc4787_Req12_and_12a_An_Icmp_error_from_anywhere_passes_and_ends_nothing"]),
        new(4787, "REQ-12b", "destination unreachable supported", ["Rfc5508_Req10_Errors_of_every_kind_are_translated_with_type_and_code_unchanged"]),
        new(4787, "REQ-13", "too big with DF: ICMP 3/4", ["Rfc2473_Section7_2_and_Rfc4787_Req13_Too_big_with_DF_is_told_the_length_that_fits"]),
        new(4787, "REQ-13a", "too big without DF: fragments in order", ["Rfc4787_Req13a_Too_big_without_DF_is_fragmented_and_arrives_whole"]),
        new(4787, "REQ-14", "fragments in any order", ["Rfc4787_Req14_Fragments_are_translated_in_whatever_order_they_come"]),
        new(4787, "REQ-14a", "without a lever for denial of service", ["Rfc4787_Req14a_Fragments_without_a_first_one_take_bounded_room"]),

        new(5382, "REQ-1", "endpoint-independent mapping", ["Rfc5382_Req1_One_mapping_serves_all_remotes"]),
        new(5382, "REQ-2, 2a", "every valid sequence, simultaneous open too", ["Rfc5382_Req2_A_simultaneous_open_succeeds_whoever_is_first", "Rfc5382_Req2_Connections_that_the_kernel_made_pass_whole_and_end_as_they_ended_there"]),
        new(5382, "REQ-3, 3a, 3b", "filtering by choice, apart from UDP's", ["Rfc5382_Req3_Who_may_open_a_connection_is_as_configured", "Rfc7857_Section5_and_6_Protocols_are_mapped_and_filtered_independently"]),
        new(5382, "REQ-4, 4a", "an unsolicited SYN waits six seconds, then ICMP 3/3", ["Rfc5382_Req4_An_unsolicited_Syn_is_answered_after_six_seconds_with_port_unreachable", "Rfc5382_Req4_An_unsolicited_Syn_is_forgotten_if_the_machine_opens_the_connection_meanwhile"]),
        new(5382, "REQ-5, 5a", "2 h 4 min established, 4 min transitory", ["Rfc5382_Req5_An_established_connection_may_be_idle_for_two_hours_and_four_minutes", "Rfc5382_Req5_An_opening_or_closed_connection_lives_four_minutes", "Rfc5382_Req5_A_half_closed_connection_lives_as_long_as_an_open_one"]),
        new(5382, "REQ-6", "application gateways off", [], "there are none"),
        new(5382, "REQ-7", "no port overloading", ["Rfc5382_Req7_No_two_machines_share_a_port"]),
        new(5382, "REQ-8", "hairpinning", ["Rfc5382_Req8_Machines_connect_to_each_other_by_external_endpoints"]),
        new(5382, "REQ-9, 10", "ICMP translated, and ends no connection", ["Rfc5382_Req9_and_10_An_Icmp_error_is_translated_and_ends_nothing"]),

        new(5508, "REQ-1, 1a", "queries, mapped whoever is asked", ["Rfc5508_Req1_Queries_are_mapped_by_identifier_whoever_is_asked"]),
        new(5508, "REQ-2, 2a", "query timer of at least 60 s, configurable", ["Rfc5508_Req2_A_query_waits_sixty_seconds", "Rfc5508_Req2a_The_time_of_queries_can_be_set_but_not_below_sixty_seconds"]),
        new(5508, "REQ-3, 3a", "errors with wrong checksums dropped", ["Rfc5508_Req3_An_error_with_a_wrong_checksum_of_its_own_or_of_the_embedded_header_is_dropped"]),
        new(5508, "REQ-3b", "embedded options stepped over", ["Rfc5508_Req3b_Options_of_the_embedded_header_are_stepped_over"]),
        new(5508, "REQ-3c, 3d", "embedded transport checksum ignored, extensions too", ["Rfc5508_Req3c_and_3d_The_embedded_transport_checksum_is_not_looked_at_and_extensions_pass"]),
        new(5508, "REQ-4", "errors from outside reverted or dropped", ["Rfc5508_Req4_and_5_An_error_about_a_flow_reaches_the_machine_with_its_own_endpoint_inside", "Rfc5508_Req4_An_error_about_nothing_known_is_dropped"]),
        new(5508, "REQ-5", "errors from inside reverted, from the public address", ["Rfc5508_Req5c_An_error_from_inside_has_the_shared_address_as_its_source", "Rfc5508_Req5c_and_7_Errors_of_and_to_a_mapped_machine_bear_its_address"]),
        new(5508, "REQ-6", "an error refreshes and ends nothing", ["Rfc5508_Req6_An_error_refreshes_nothing"]),
        new(5508, "REQ-7, 7a", "hairpinned errors", ["Rfc5508_Req7_An_error_between_machines_is_turned_round_like_their_packets"], "hairpinned queries (basic NAT only) reach machines with an address of their own"),
        new(5508, "REQ-8", "no resources: drop and ICMP 3/13", ["Rfc5508_Req8_and_Rfc6888_Req11_Without_resources_the_machine_is_told_and_nobody_is_evicted"]),
        new(5508, "REQ-9", "messages can be suppressed (MAY)", ["Rfc5508_Req9_A_translator_that_shall_say_nothing_says_nothing"]),
        new(5508, "REQ-10", "which messages are supported", ["Rfc5508_Req10_Errors_of_every_kind_are_translated_with_type_and_code_unchanged", "Rfc5508_Req1_Queries_are_mapped_by_identifier_whoever_is_asked"], "redirects and router discovery end at the host, which is the router"),
        new(5508, "REQ-11", "other messages dropped or handled (MAY)", ["Rfc5508_Req11_Messages_that_are_neither_query_nor_error_are_dropped_and_counted"]),

        new(6888, "REQ-1", "the standards of each protocol hold", ["Every_requirement_has_tests_that_exist_or_a_stated_exception"], "DCCP (RFC 5597) passes for machines with an address of their own only"),
        new(6888, "REQ-2", "paired pooling by default", ["Rfc4787_Req2_A_machine_keeps_its_shared_address_even_when_that_is_full"]),
        new(6888, "REQ-3", "pools of any size and shape", ["Rfc6888_Req3_The_pool_may_be_of_addresses_and_ports_that_are_nowhere_near_each_other"], "in up to 64 blocks of powers of two"),
        new(6888, "REQ-4, 4A, 4B", "limits of ports for each subscriber and protocol", ["Rfc6888_Req4_A_machine_has_a_limit_for_each_protocol_and_others_are_not_affected"], "one limit for all machines"),
        new(6888, "REQ-4C, 5B", "limits of rates", ["Rfc6888_Req4C_and_5B_A_machine_begins_only_so_many_flows_in_a_second_and_others_are_not_affected"]),
        new(6888, "REQ-5, 5A", "limits of memory for each subscriber", ["Rfc6888_Req5_A_machine_has_a_limit_of_sessions"]),
        new(6888, "REQ-6", "translation off for destinations", ["Rfc6888_Req6_Destinations_can_be_exempt_from_translation_by_address_and_port"]),
        new(6888, "REQ-7", "endpoint-independent filtering", ["Rfc6888_Req7_Filtering_is_endpoint_independent_unless_asked_otherwise"]),
        new(6888, "REQ-8", "a port rests for 120 s", ["Rfc6888_Req8_A_port_rests_for_two_minutes_before_it_is_used_again", "Ports_rest_between_one_and_four_thirds_of_the_hold_down_and_refusal_means_that_none_is_free"]),
        new(6888, "REQ-9", "a protocol to control mappings", [], "no port control protocol: static mappings come from the configuration"),
        new(6888, "REQ-10", "standard management objects", [], "no MIB: counters, events by the numbers of RFC 8158, and the switch's own interfaces"),
        new(6888, "REQ-11", "no resources: drop, ICMP, notify, evict nothing", ["Rfc6888_Req11_The_refusal_names_the_code_that_was_chosen_and_is_counted_and_reported", "Rfc5508_Req8_and_Rfc6888_Req11_Without_resources_the_machine_is_told_and_nobody_is_evicted"], "code 13 (RFC 5508 REQ-8) unless code 1 is chosen"),
        new(6888, "REQ-12", "no logging of destinations", ["Rfc6888_Req12_and_14_Destinations_are_not_logged_by_default_and_blocks_are"]),
        new(6888, "REQ-13", "as many ports used as there are", ["Rfc6888_Req13_Every_port_of_a_block_is_used_before_one_is_refused"]),
        new(6888, "REQ-14", "little logging", ["Rfc6888_Req12_and_14_Destinations_are_not_logged_by_default_and_blocks_are"]),
        new(6888, "REQ-15", "ports hard to guess", ["Rfc6888_Req15_Ports_cannot_be_guessed_from_those_before"]),

        new(7857, "section 2", "TCP session tracking", ["Rfc7857_Section2_The_same_ports_open_a_closed_connection_again_and_keep_their_mapping", "Rfc5382_Req2_Connections_that_the_kernel_made_pass_whole_and_end_as_they_ended_there"]),
        new(7857, "section 2.1", "opening and closing timers apart", ["Rfc7857_Section2_1_Opening_and_closing_connections_have_idle_times_of_their_own"]),
        new(7857, "section 2.2", "a RST starts four minutes", ["Rfc7857_Section2_2_A_Rst_starts_four_minutes_and_data_takes_it_back"]),
        new(7857, "section 3", "ports may overlap between remotes (MAY)", ["Rfc7857_Section3_A_full_block_serves_as_many_flows_to_every_further_remote_and_answers_find_their_machines", "Rfc7857_Section3_Without_being_asked_for_no_port_has_two_flows"]),
        new(7857, "section 4", "paired pooling for all protocols", ["Rfc7857_Section4_Paired_pooling_holds_for_all_protocols_of_a_machine"]),
        new(7857, "sections 5, 6", "mapping and filtering for each protocol", ["Rfc7857_Section5_and_6_Protocols_are_mapped_and_filtered_independently"]),
        new(7857, "section 7", "inbound refresh by choice", ["Rfc4787_Req6_Outbound_packets_refresh_and_inbound_ones_if_configured"]),
        new(7857, "section 7.1", "errors and RSTs in answer refresh nothing", ["Rfc7857_Section7_1_Neither_an_error_nor_a_Rst_that_answers_something_keeps_a_mapping_alive"]),
        new(7857, "section 8", "parity may be left alone", ["Rfc7857_Section8_Parity_can_be_left_alone"]),
        new(7857, "section 9", "random ports", ["Rfc6888_Req15_Ports_cannot_be_guessed_from_those_before"]),
        new(7857, "section 10", "identifications of fragments (RFC 6864)", ["Rfc6864_Section5_3_1_Identifications_of_machines_behind_one_address_do_not_collide"]),
        new(7857, "section 11", "query mappings may end with their sessions (MAY)", ["Rfc5508_Req2_A_query_waits_sixty_seconds"]),
        new(7857, "section 12", "hairpinned ICMP", ["Rfc5508_Req7_An_error_between_machines_is_turned_round_like_their_packets"]),
    ];

    /// <summary>Both in one, to be found in other tables.</summary>
    public string Name => $"RFC {Rfc} {Id}";
}
