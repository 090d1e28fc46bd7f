namespace Weft.Ids;

/// <summary>What is odd or wrong about a segment in its connection, as <c>stream-event</c> names it.</summary>
[Flags]
internal enum StreamEvents
{
    None = 0,
    Gap = 1 << 0,
    OverlapDifferentData = 1 << 1,
    BeforeBase = 1 << 2,
    DepthReached = 1 << 3,
    InvalidTimestamp = 1 << 4,
    ResetInvalid = 1 << 5,
    ResetInjection = 1 << 6,
    OutOfWindow = 1 << 7,
    InvalidAck = 1 << 8,
    Retransmission = 1 << 9,
    SynResent = 1 << 10,
    SynAckResent = 1 << 11,
    DataBeforeHandshake = 1 << 12,
    SynAckWrongAck = 1 << 13,
    FinWithoutSession = 1 << 14,
    ResetWithoutSession = 1 << 15,
}

/// <summary>The names of stream events in rules.</summary>
internal static class StreamEventNames
{
    // Of several names of one event the first is the one that is written.
    private static readonly (string Name, StreamEvents Event)[] Known =
    [
        ("reassembly_seq_gap", StreamEvents.Gap),
        ("reassembly_overlap_different_data", StreamEvents.OverlapDifferentData),
        ("reassembly_segment_before_base_seq", StreamEvents.BeforeBase),
        ("reassembly_depth_reached", StreamEvents.DepthReached),
        ("pkt_invalid_timestamp", StreamEvents.InvalidTimestamp),
        ("rst_invalid_ack", StreamEvents.ResetInvalid),
        ("suspected_rst_inject", StreamEvents.ResetInjection),
        ("est_packet_out_of_window", StreamEvents.OutOfWindow),
        ("est_invalid_ack", StreamEvents.InvalidAck),
        ("pkt_invalid_ack", StreamEvents.InvalidAck),
        ("pkt_retransmission", StreamEvents.Retransmission),
        ("pkt_spurious_retransmission", StreamEvents.Retransmission),
        ("est_syn_resend", StreamEvents.SynResent),
        ("est_syn_resend_diff_seq", StreamEvents.SynResent),
        ("est_synack_resend", StreamEvents.SynAckResent),
        ("est_synack_resend_with_diff_seq", StreamEvents.SynAckResent),
        ("est_synack_resend_with_different_ack", StreamEvents.SynAckResent),
        ("3whs_ack_data_inject", StreamEvents.DataBeforeHandshake),
        ("3whs_synack_with_wrong_ack", StreamEvents.SynAckWrongAck),
        ("fin_but_no_session", StreamEvents.FinWithoutSession),
        ("rst_but_no_session", StreamEvents.ResetWithoutSession),
    ];

    public static bool TryParse(string name, out StreamEvents found)
    {
        found = Array.Find(Known, known => known.Name == name).Event;
        return found != StreamEvents.None;
    }

    public static string NameOf(StreamEvents one) => Array.Find(Known, known => known.Event == one).Name;
}
