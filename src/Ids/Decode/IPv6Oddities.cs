using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>Walks the extension headers of an IPv6 packet for what rules ask about them (RFC 8200 section 4).</summary>
internal static class IPv6Oddities
{
    private const int HeaderLength = 40;
    private const int FragmentHeader = 8;

    // A header that another one announces has at least its own next header and length.
    private const int LeastBehind = 2;

    public static void Note(ReadOnlySpan<byte> packet, ref PacketFacts facts)
    {
        if (packet.Length < HeaderLength)
        {
            return;
        }

        var next = (IpProtocol)packet[6];
        int at = HeaderLength;
        int fragments = 0;
        for (int i = 0; i < IPv6ExtensionWalk.MaxHeaders && IPv6ExtensionWalk.IsExtension(next); i++)
        {
            int length = packet.Length - at < FragmentHeader ? int.MaxValue : LengthOf(next, packet[at + 1]);
            if (length > packet.Length - at)
            {
                facts.DecodeEvents |= DecodeEvents.IPv6TruncatedExtension;
                return;
            }

            if (next == IpProtocol.Fragment)
            {
                int word = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 2)..]);
                facts.DecodeEvents |= ++fragments > 1 ? DecodeEvents.IPv6DuplicateFragment : DecodeEvents.None;
                facts.DecodeEvents |= word >> 3 == 0 && (word & 1) == 0 ? DecodeEvents.IPv6UselessFragment : DecodeEvents.None;
                bool isUneven = (word & 1) != 0 && (packet.Length - at - FragmentHeader) % 8 != 0;
                facts.DecodeEvents |= isUneven ? DecodeEvents.IPv6FragmentInvalidLength : DecodeEvents.None;
                if (word >> 3 != 0)
                {
                    return;
                }
            }
            else if (next == IpProtocol.DestinationOptions)
            {
                NoteOptions(packet.Slice(at + 2, length - 2), ref facts);
            }

            next = (IpProtocol)packet[at];
            at += length;
            if (next != IpProtocol.NoNext && packet.Length - at < LeastBehind)
            {
                facts.DecodeEvents |= DecodeEvents.IPv6TruncatedExtension;
            }
        }
    }

    private static int LengthOf(IpProtocol type, byte field) => type switch
    {
        IpProtocol.Fragment => FragmentHeader,
        IpProtocol.AuthenticationHeader => (field + 2) * 4,
        _ => (field + 1) * 8,
    };

    // Padding, tunnel limit, router alert, home address and jumbo payload are what is expected (IANA's registry).
    private static void NoteOptions(ReadOnlySpan<byte> options, ref PacketFacts facts)
    {
        while (!options.IsEmpty)
        {
            if (options[0] == 0)
            {
                options = options[1..];
                continue;
            }

            if (options[0] is not (0x01 or 0x04 or 0x05 or 0xC2 or 0xC9))
            {
                facts.DecodeEvents |= DecodeEvents.IPv6UnknownDestinationOption;
            }

            int length = options.Length < 2 ? options.Length : Math.Min(options.Length, 2 + options[1]);
            options = options[length..];
        }
    }
}
