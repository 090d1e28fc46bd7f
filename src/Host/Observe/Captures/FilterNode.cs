using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Host.Observe.Captures;

/// <summary>One condition of a filter, and how conditions are joined.</summary>
internal abstract class FilterNode
{
    public abstract bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout);

    /// <summary>Which of two ends has to fit.</summary>
    internal enum Side
    {
        /// <summary>One of them.</summary>
        Either,

        /// <summary>The sender.</summary>
        Source,

        /// <summary>The receiver.</summary>
        Destination,
    }

    internal sealed class And(FilterNode left, FilterNode right) : FilterNode
    {
        public override bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout) => left.Matches(frame, in layout) && right.Matches(frame, in layout);
    }

    internal sealed class Or(FilterNode left, FilterNode right) : FilterNode
    {
        public override bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout) => left.Matches(frame, in layout) || right.Matches(frame, in layout);
    }

    internal sealed class Not(FilterNode what) : FilterNode
    {
        public override bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout) => !what.Matches(frame, in layout);
    }

    internal sealed class OfEtherType(EtherType type) : FilterNode
    {
        public override bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout) => layout.EtherType == type;
    }

    internal sealed class OfProtocol(IpProtocol protocol, bool ipv4, bool ipv6) : FilterNode
    {
        public override bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
            layout.Protocol == protocol && ((layout.IsIPv4 && ipv4) || (layout.IsIPv6 && ipv6));
    }

    /// <summary>An address of IPv4, IPv6 or ARP within a prefix.</summary>
    internal sealed class OfAddress(byte[] address, int prefixBits, Side side) : FilterNode
    {
        private const int IPv4Bytes = 4, IPv4Source = 12, IPv4Destination = 16, IPv6Source = 8, IPv6Destination = 24, ArpSource = 14, ArpTarget = 24;

        public override bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout)
        {
            bool isIPv4 = address.Length == IPv4Bytes;
            (int source, int destination) = (isIPv4, layout) switch
            {
                (true, { IsIPv4: true }) => (IPv4Source, IPv4Destination),
                (true, { EtherType: EtherType.Arp }) => (ArpSource, ArpTarget),
                (false, { IsIPv6: true }) => (IPv6Source, IPv6Destination),
                _ => (-1, -1),
            };
            return source >= 0
                && ((side != Side.Destination && Fits(frame, layout.L3Offset + source)) || (side != Side.Source && Fits(frame, layout.L3Offset + destination)));
        }

        private bool Fits(ReadOnlySpan<byte> frame, int offset)
        {
            if (offset + address.Length > frame.Length)
            {
                return false;
            }

            ReadOnlySpan<byte> there = frame.Slice(offset, address.Length);
            int whole = prefixBits / 8, rest = prefixBits % 8;
            return there[..whole].SequenceEqual(address.AsSpan(0, whole)) && (rest == 0 || ((there[whole] ^ address[whole]) >> (8 - rest)) == 0);
        }
    }

    /// <summary>A port of TCP, UDP or SCTP.</summary>
    internal sealed class OfPort(int first, int last, Side side, IpProtocol? protocol) : FilterNode
    {
        public override bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout)
        {
            bool hasPorts = layout.HasL4 && (layout.IsIPv4 || layout.IsIPv6)
                && (protocol is null ? layout.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp : layout.Protocol == protocol);
            return hasPorts && ((side != Side.Destination && Fits(frame, layout.L4Offset)) || (side != Side.Source && Fits(frame, layout.L4Offset + 2)));
        }

        private bool Fits(ReadOnlySpan<byte> frame, int offset) =>
            offset + 2 <= frame.Length && BinaryPrimitives.ReadUInt16BigEndian(frame[offset..]) is ushort port && port >= first && port <= last;
    }

    internal sealed class OfMac(byte[] address, Side side) : FilterNode
    {
        private const int SourceOffset = 6;

        public override bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
            frame.Length >= 2 * SourceOffset
            && ((side != Side.Source && frame[..SourceOffset].SequenceEqual(address)) || (side != Side.Destination && frame.Slice(SourceOffset, SourceOffset).SequenceEqual(address)));
    }

    /// <summary>Sent to a group, or to all.</summary>
    internal sealed class ToGroup(bool isBroadcast) : FilterNode
    {
        public override bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout) =>
            frame.Length >= 6 && (isBroadcast ? frame[..6].IndexOfAnyExcept((byte)0xFF) < 0 : (frame[0] & 1) != 0);
    }

    internal sealed class OfVlan(int? vlan) : FilterNode
    {
        public override bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout) => layout.VlanTags > 0 && (vlan is null || layout.VlanId == vlan);
    }

    internal sealed class OfLength(int least, int most) : FilterNode
    {
        public override bool Matches(ReadOnlySpan<byte> frame, in PacketLayout layout) => frame.Length >= least && frame.Length <= most;
    }
}
