using System.Buffers.Binary;

namespace Weft.Ids;

/// <summary>Reads a message of DNS (RFC 1035 section 4.1).</summary>
internal static class DnsMessage
{
    public const int HeaderLength = 12;

    /// <summary>Bytes of the longest name in text.</summary>
    public const int MaxName = 1024;

    // Pointers of one name: a name has at most 127 labels, so that more are a loop (RFC 1035 section 4.1.4).
    private const int MaxPointers = 128;
    private const int MaxQuestions = 64;
    private const int MaxLabels = 255;

    // Types of records whose data is a name (RFC 1035 section 3.2.2).
    private const ushort NameServer = 2;
    private const ushort CanonicalName = 5;
    private const ushort Pointer = 12;

    /// <summary>Offset behind a name, or -1 if it is damaged.</summary>
    public static int SkipName(ReadOnlySpan<byte> message, int at)
    {
        while (at < message.Length)
        {
            byte length = message[at];
            if (length == 0)
            {
                return at + 1;
            }

            if ((length & 0xC0) == 0xC0)
            {
                return at + 2 <= message.Length ? at + 2 : -1;
            }

            if ((length & 0xC0) != 0)
            {
                return -1;
            }

            at += 1 + length;
        }

        return -1;
    }

    /// <summary>What is wrong with a name, pointers followed.</summary>
    public static DnsEvent Judge(ReadOnlySpan<byte> message, int at)
    {
        int length = 0;
        int labels = 0;
        int pointers = 0;
        while (at < message.Length && message[at] != 0)
        {
            int label = message[at];
            if ((label & 0xC0) == 0xC0)
            {
                if (++pointers > MaxPointers)
                {
                    return DnsEvent.InfiniteLoop;
                }

                at = at + 2 > message.Length ? message.Length : BinaryPrimitives.ReadUInt16BigEndian(message[at..]) & 0x3FFF;
                continue;
            }

            length += label + 1;
            if (length > MaxName)
            {
                return DnsEvent.NameTooLong;
            }

            if (++labels > MaxLabels)
            {
                return DnsEvent.TooManyLabels;
            }

            at += 1 + label;
        }

        return DnsEvent.None;
    }

    /// <summary>Finds a question.</summary>
    /// <returns>False if the message has no such one.</returns>
    public static bool TryQuestion(ReadOnlySpan<byte> message, int index, out int nameAt, out int end)
    {
        int count = message.Length < HeaderLength ? 0 : Math.Min(MaxQuestions, (int)BinaryPrimitives.ReadUInt16BigEndian(message[4..]));
        nameAt = HeaderLength;
        end = HeaderLength;
        for (int i = 0; i <= index; i++)
        {
            nameAt = end;
            end = i < count ? SkipName(message, nameAt) + 4 : -1;
            if (end < 4 || end > message.Length)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads a record of the answer section.</summary>
    public static bool TryAnswer(ReadOnlySpan<byte> message, int index, Span<byte> name, Span<byte> data, out DnsAnswer answer)
    {
        const int Fixed = 10;
        answer = default;
        if (message.Length < HeaderLength || index >= BinaryPrimitives.ReadUInt16BigEndian(message[6..]))
        {
            return false;
        }

        int at = HeaderLength;
        for (int i = BinaryPrimitives.ReadUInt16BigEndian(message[4..]); i > 0; i--)
        {
            at = SkipName(message, at) + 4;
            if (at < HeaderLength || at > message.Length)
            {
                return false;
            }
        }

        for (int i = 0; ; i++)
        {
            int nameAt = at;
            at = SkipName(message, at);
            if (at < 0 || at + Fixed > message.Length)
            {
                return false;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
            int dataAt = at + Fixed;
            if (dataAt + length > message.Length)
            {
                return false;
            }

            if (i == index)
            {
                ushort type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
                uint timeToLive = BinaryPrimitives.ReadUInt32BigEndian(message[(at + 4)..]);
                int written = type is NameServer or CanonicalName or Pointer ? WriteName(message, dataAt, data) : Copy(message.Slice(dataAt, length), data);
                answer = new DnsAnswer(type, timeToLive, WriteName(message, nameAt, name), written);
                return true;
            }

            at = dataAt + length;
        }
    }

    private static int Copy(ReadOnlySpan<byte> from, Span<byte> to)
    {
        int length = Math.Min(from.Length, to.Length);
        from[..length].CopyTo(to);
        return length;
    }

    /// <summary>Writes a name as text, labels separated by dots.</summary>
    /// <returns>Bytes written; of a damaged name what could be read of it.</returns>
    public static int WriteName(ReadOnlySpan<byte> message, int at, Span<byte> text)
    {
        int length = 0;
        int pointers = 0;
        while (at < message.Length && message[at] != 0)
        {
            int label = message[at];
            if ((label & 0xC0) == 0xC0)
            {
                if (at + 2 > message.Length || ++pointers > MaxPointers)
                {
                    break;
                }

                at = BinaryPrimitives.ReadUInt16BigEndian(message[at..]) & 0x3FFF;
                continue;
            }

            if (label >= 64 || at + 1 + label > message.Length || length + label + 1 > text.Length)
            {
                break;
            }

            if (length > 0)
            {
                text[length++] = (byte)'.';
            }

            message.Slice(at + 1, label).CopyTo(text[length..]);
            length += label;
            at += 1 + label;
        }

        return length;
    }
}
