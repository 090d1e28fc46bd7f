namespace Weft.Host.Datapath.Underlay;

/// <summary>What a tunnel endpoint did since the switch started, under every configuration it had.</summary>
internal readonly record struct TunnelTotals(
    long SentWhole, long Fragmented, long FragmentsSent, long Delivered, long FragmentsReceived, long Reassembled, long Expired)
{
    public static TunnelTotals operator +(in TunnelTotals left, in TunnelTotals right) => new(
        left.SentWhole + right.SentWhole,
        left.Fragmented + right.Fragmented,
        left.FragmentsSent + right.FragmentsSent,
        left.Delivered + right.Delivered,
        left.FragmentsReceived + right.FragmentsReceived,
        left.Reassembled + right.Reassembled,
        left.Expired + right.Expired);
}
