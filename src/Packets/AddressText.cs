using System.Globalization;

namespace Weft.Packets;

/// <summary>Strict text forms of IP addresses: nothing is guessed, nothing allocated.</summary>
internal static class AddressText
{
    private const int Groups = 8;

    /// <summary>Reads exactly four decimal parts of 0 to 255 without leading zeros, which some programs take for octal.</summary>
    public static bool TryReadIPv4(ReadOnlySpan<char> text, out uint value)
    {
        value = 0;
        for (int part = 0; part < 4; part++)
        {
            int digits = 0;
            int number = 0;
            while (digits < text.Length && char.IsAsciiDigit(text[digits]) && digits < 4)
            {
                number = (number * 10) + (text[digits++] - '0');
            }

            if (digits is 0 or > 3 || number > 255 || (digits > 1 && text[0] == '0'))
            {
                return false;
            }

            value = (value << 8) | (uint)number;
            text = text[digits..];
            if (part < 3)
            {
                if (text.IsEmpty || text[0] != '.')
                {
                    return false;
                }

                text = text[1..];
            }
        }

        return text.IsEmpty;
    }

    /// <summary>Reads the three forms of RFC 4291 section 2.2: full, shortened with one <c>::</c>, with an IPv4 tail.</summary>
    public static bool TryReadIPv6(ReadOnlySpan<char> text, out ulong high, out ulong low)
    {
        high = low = 0;
        Span<ushort> groups = stackalloc ushort[Groups];
        groups.Clear();
        int count = 0;
        int gap = -1;
        if (text.StartsWith("::"))
        {
            gap = 0;
            text = text[2..];
        }

        while (!text.IsEmpty)
        {
            int end = text.IndexOf(':');
            ReadOnlySpan<char> group = end < 0 ? text : text[..end];
            if (group.Contains('.'))
            {
                if (end >= 0 || count > Groups - 2 || !TryReadIPv4(group, out uint tail))
                {
                    return false;
                }

                groups[count++] = (ushort)(tail >> 16);
                groups[count++] = (ushort)tail;
                break;
            }

            if (count == Groups || !TryReadGroup(group, out groups[count++]))
            {
                return false;
            }

            if (end < 0)
            {
                break;
            }

            text = text[(end + 1)..];
            if (text.IsEmpty)
            {
                return false; // A single colon at the end.
            }

            if (text[0] == ':')
            {
                if (gap >= 0)
                {
                    return false;
                }

                gap = count;
                text = text[1..];
            }
        }

        if (gap < 0 ? count != Groups : count == Groups)
        {
            return false;
        }

        if (gap >= 0)
        {
            // Move what stood behind the gap to the end.
            int behind = count - gap;
            groups.Slice(gap, behind).CopyTo(groups[(Groups - behind)..]);
            groups[gap..(Groups - behind)].Clear();
        }

        for (int i = 0; i < Groups / 2; i++)
        {
            high = (high << 16) | groups[i];
            low = (low << 16) | groups[i + (Groups / 2)];
        }

        return true;
    }

    /// <summary>Writes dotted decimal.</summary>
    public static bool TryWriteIPv4(Span<char> destination, uint value, out int written)
    {
        written = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            if (!((byte)(value >> shift)).TryFormat(destination[written..], out int digits, provider: CultureInfo.InvariantCulture))
            {
                return false;
            }

            written += digits;
            if (shift > 0 && !TryWrite(destination, '.', ref written))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes the canonical form of RFC 5952; an IPv4-mapped address ends in dotted decimal (section 5).</summary>
    public static bool TryWriteIPv6(Span<char> destination, ulong high, ulong low, out int written)
    {
        written = 0;
        if (high == 0 && low >> 32 == 0xFFFF)
        {
            const string Mapped = "::ffff:";
            if (!Mapped.TryCopyTo(destination) || !TryWriteIPv4(destination[Mapped.Length..], (uint)low, out written))
            {
                return false;
            }

            written += Mapped.Length;
            return true;
        }

        (int gap, int gapLength) = FindGap(high, low);
        for (int i = 0; i < Groups; i++)
        {
            if (i == gap)
            {
                // The colon in front of the gap, or of the address, and the one behind it.
                if (!TryWrite(destination, ':', ref written) || !TryWrite(destination, ':', ref written))
                {
                    return false;
                }

                i += gapLength - 1;
                continue;
            }

            if (i > 0 && i != gap + gapLength && !TryWrite(destination, ':', ref written))
            {
                return false;
            }

            if (!Group(high, low, i).TryFormat(destination[written..], out int digits, "x", CultureInfo.InvariantCulture))
            {
                return false;
            }

            written += digits;
        }

        return true;
    }

    /// <summary>The longest run of two or more zero groups, the first of equal ones (RFC 5952 section 4.2).</summary>
    private static (int Start, int Length) FindGap(ulong high, ulong low)
    {
        (int Start, int Length) best = (-Groups, 1);
        int run = 0;
        for (int i = 0; i < Groups; i++)
        {
            run = Group(high, low, i) == 0 ? run + 1 : 0;
            if (run > best.Length)
            {
                best = (i - run + 1, run);
            }
        }

        return best;
    }

    private static ushort Group(ulong high, ulong low, int index) => (ushort)((index < 4 ? high : low) >> (48 - (16 * (index & 3))));

    private static bool TryReadGroup(ReadOnlySpan<char> text, out ushort value)
    {
        value = 0;
        if (text.Length is 0 or > 4)
        {
            return false;
        }

        foreach (char c in text)
        {
            int digit = HexDigits.Digit(c);
            if (digit < 0)
            {
                return false;
            }

            value = (ushort)((value << 4) | digit);
        }

        return true;
    }

    private static bool TryWrite(Span<char> destination, char c, ref int written)
    {
        if (written == destination.Length)
        {
            return false;
        }

        destination[written++] = c;
        return true;
    }
}
