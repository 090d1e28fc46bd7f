using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Weft.Packets;

namespace Weft.Sase.Tunnels;

/// <summary>What must hold of a tenant's packet before anything is done with it (RFC 1812 section 5.2.2 and 5.3.7).</summary>
internal static class PacketChecks
{
    private const int TimeToLiveOffset = 8;
    private const int ChecksumOffset = 10;
    private const int SourceOffset = 12;
    private const int DestinationOffset = 16;

    public static SaseDrop Check(ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        // The layout has found a whole header.
        if (!layout.IsIPv4 || layout.Error != LayoutError.None || layout.VlanTags > 0)
        {
            return SaseDrop.InnerMalformed;
        }

        ReadOnlySpan<byte> ip = frame[layout.L3Offset..];
        return !AddsUp(ip) ? SaseDrop.InnerMalformed
            : IsHost(IPv4Address.Read(ip[SourceOffset..])) && IsHost(IPv4Address.Read(ip[DestinationOffset..])) ? SaseDrop.None
            : SaseDrop.InnerAddress;
    }

    /// <summary>True if an IPv4 header adds up (RFC 1071); it is there as a whole. Nearly all are five words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AddsUp(ReadOnlySpan<byte> ip)
    {
        if (ip[0] != 0x45)
        {
            return InternetChecksum.IsValid(ip[..((ip[0] & 0xF) * 4)]);
        }

        // One's complement sums do not care for the order of octets nor for the width of what is added (RFC 1071 section 2).
        ref byte first = ref MemoryMarshal.GetReference(ip[..IPv4Header.MinLength]);
        ulong high = Unsafe.ReadUnaligned<ulong>(ref first);
        ulong low = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, 8));
        ulong sum = (high & uint.MaxValue) + (high >> 32) + (low & uint.MaxValue) + (low >> 32) + Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, 16));
        sum = (sum & uint.MaxValue) + (sum >> 32);
        sum = (sum & ushort.MaxValue) + ((sum >> 16) & ushort.MaxValue) + (sum >> 32);
        sum = (sum & ushort.MaxValue) + (sum >> 16);
        return sum == ushort.MaxValue;
    }

    public static int TimeToLive(ReadOnlySpan<byte> ip) => ip[TimeToLiveOffset];

    public static IPv4Address Destination(ReadOnlySpan<byte> ip) => IPv4Address.Read(ip[DestinationOffset..]);

    /// <summary>Writes the congestion field that came out of the tunnel (RFC 6040 section 4.2).</summary>
    public static void SetEcn(Span<byte> ip, int ecn)
    {
        if ((ip[1] & 3) == ecn)
        {
            return;
        }

        ushort before = BinaryPrimitives.ReadUInt16BigEndian(ip);
        ip[1] = (byte)((ip[1] & 0xFC) | ecn);
        var delta = ChecksumDelta.Of(before, BinaryPrimitives.ReadUInt16BigEndian(ip));
        BinaryPrimitives.WriteUInt16BigEndian(ip[ChecksumOffset..], delta.Apply(BinaryPrimitives.ReadUInt16BigEndian(ip[ChecksumOffset..])));
    }

    /// <summary>An address of one machine: neither this network (0/8), nor the machine itself (127/8), nor a group, nor reserved (RFC 1122 section 3.2.1.3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsHost(IPv4Address address) => address.Value >> 24 is not (0 or 127) && address.Value >> 28 < 0xE;
}
