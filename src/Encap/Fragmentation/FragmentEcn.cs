using Weft.Packets;

namespace Weft.Encap;

/// <summary>The congestion field of a frame whose fragments have one each (RFC 3168 section 5.3).</summary>
internal static class FragmentEcn
{
    /// <summary>Marked if any is marked; marked and not capable exclude each other.</summary>
    /// <param name="all">The field of the fragments so far, <see cref="DatagramSlot.None"/> before the first.</param>
    /// <param name="one">That of the next.</param>
    /// <returns>False if they exclude each other.</returns>
    public static bool TryMerge(ref int all, int one)
    {
        if (all == DatagramSlot.None || all == one)
        {
            all = one;
            return true;
        }

        bool marked = all == EcnTunnelRules.Ce || one == EcnTunnelRules.Ce;
        bool incapable = all == EcnTunnelRules.NotEct || one == EcnTunnelRules.NotEct;
        if (marked && incapable)
        {
            return false;
        }

        // Different but compatible: marked wins, and a capable transport that is not marked everywhere is the weaker of the two.
        all = marked ? EcnTunnelRules.Ce : Math.Min(all, one);
        return true;
    }
}
