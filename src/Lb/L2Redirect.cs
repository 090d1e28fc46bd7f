using Weft.Packets;

namespace Weft.Lb;

/// <summary>Sends a frame to a load balancer on the same segment: other hardware addresses, and one hop less if it is routed.</summary>
public static class L2Redirect
{
    private const int TimeToLiveOffset = 8;
    private const int ChecksumOffset = 10;
    private const int HopLimitOffset = 7;

    /// <summary>Changes a frame in place; nothing else in it changes.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">What was found in it.</param>
    /// <param name="to">The load balancer.</param>
    /// <param name="own">The element's own address, which becomes the source.</param>
    /// <param name="routed">True if the element is a router: the time to live or hop limit counts down (RFC 1812 section 5.3.1).</param>
    /// <returns>False, with the frame unchanged, if it must not be forwarded any further: an ICMP "time exceeded" is due.</returns>
    public static bool TryApply(Span<byte> frame, in PacketLayout layout, in LbIdentity to, MacAddress own, bool routed)
    {
        Span<byte> ip = frame[layout.L3Offset..];
        if (routed && layout.IsIPv4)
        {
            if (ip[TimeToLiveOffset] <= 1)
            {
                return false;
            }

            ushort before = (ushort)((ip[TimeToLiveOffset] << 8) | ip[TimeToLiveOffset + 1]);
            ip[TimeToLiveOffset]--;
            ushort sum = ChecksumDelta.Of(before, (ushort)(before - 0x100)).Apply((ushort)((ip[ChecksumOffset] << 8) | ip[ChecksumOffset + 1]));
            ip[ChecksumOffset] = (byte)(sum >> 8);
            ip[ChecksumOffset + 1] = (byte)sum;
        }
        else if (routed && layout.IsIPv6)
        {
            if (ip[HopLimitOffset] <= 1)
            {
                return false;
            }

            ip[HopLimitOffset]--;
        }

        to.Mac.Write(frame[layout.L2Offset..]);
        own.Write(frame[(layout.L2Offset + MacAddress.Length)..]);
        return true;
    }
}
