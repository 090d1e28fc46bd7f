namespace Weft.Ids;

/// <summary>Reads the few fields of an X.509 certificate (RFC 5280 section 4.1) that rules ask for, as text.</summary>
internal static class Certificate
{
    private const byte Sequence = 0x30;
    private const byte Set = 0x31;
    private const byte Integer = 0x02;
    private const byte ObjectIdentifier = 0x06;
    private const byte Version = 0xA0;

    /// <summary>The serial number in hexadecimal, separated by colons.</summary>
    /// <returns>Bytes written, or -1 if the certificate is damaged.</returns>
    public static int WriteSerial(ReadOnlySpan<byte> certificate, Span<byte> output)
    {
        if (!TryBody(certificate, out ReadOnlySpan<byte> body) || !TryRead(ref body, Integer, out ReadOnlySpan<byte> serial))
        {
            return -1;
        }

        return WriteHex(serial, output);
    }

    /// <summary>A name, as <c>C=US, O=Example, CN=www.example.com</c>.</summary>
    /// <returns>Bytes written, or -1 if the certificate is damaged.</returns>
    public static int WriteName(ReadOnlySpan<byte> certificate, bool isSubject, Span<byte> output)
    {
        if (!TryBody(certificate, out ReadOnlySpan<byte> body) || !TryRead(ref body, Integer, out _) || !TryRead(ref body, Sequence, out _)
            || !TryRead(ref body, Sequence, out ReadOnlySpan<byte> issuer))
        {
            return -1;
        }

        if (!isSubject)
        {
            return WriteParts(issuer, output);
        }

        return TryRead(ref body, Sequence, out _) && TryRead(ref body, Sequence, out ReadOnlySpan<byte> subject) ? WriteParts(subject, output) : -1;
    }

    /// <summary>Bytes in hexadecimal, separated by colons.</summary>
    public static int WriteHex(ReadOnlySpan<byte> bytes, Span<byte> output)
    {
        int length = 0;
        foreach (byte value in bytes)
        {
            if (length + 3 > output.Length)
            {
                break;
            }

            if (length > 0)
            {
                output[length++] = (byte)':';
            }

            output[length++] = Digit(value >> 4);
            output[length++] = Digit(value & 0xF);
        }

        return length;
    }

    private static byte Digit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);

    // The signed part begins with an optional version, then the serial number.
    private static bool TryBody(ReadOnlySpan<byte> certificate, out ReadOnlySpan<byte> body)
    {
        body = default;
        ReadOnlySpan<byte> rest = certificate;
        if (!TryRead(ref rest, Sequence, out ReadOnlySpan<byte> outer) || !TryRead(ref outer, Sequence, out ReadOnlySpan<byte> inner))
        {
            return false;
        }

        body = inner;
        return body.IsEmpty || body[0] != Version || TryRead(ref body, Version, out _);
    }

    private static int WriteParts(ReadOnlySpan<byte> name, Span<byte> output)
    {
        int length = 0;
        while (TryRead(ref name, Set, out ReadOnlySpan<byte> set))
        {
            while (TryRead(ref set, Sequence, out ReadOnlySpan<byte> part))
            {
                if (!TryRead(ref part, ObjectIdentifier, out ReadOnlySpan<byte> type) || part.Length < 2)
                {
                    continue;
                }

                byte tag = part[0];
                ReadOnlySpan<byte> label = LabelOf(type);
                if (!label.IsEmpty && TryRead(ref part, tag, out ReadOnlySpan<byte> value))
                {
                    length = Append(length == 0 ? ""u8 : ", "u8, output, length);
                    length = Append(label, output, length);
                    length = Append(value, output, length);
                }
            }
        }

        return length;
    }

    private static int Append(ReadOnlySpan<byte> bytes, Span<byte> output, int at)
    {
        int length = Math.Min(bytes.Length, output.Length - at);
        bytes[..length].CopyTo(output[at..]);
        return at + length;
    }

    // Attributes of 2.5.4 (X.520), and the address of PKCS #9.
    private static ReadOnlySpan<byte> LabelOf(ReadOnlySpan<byte> type)
    {
        if (type is [0x55, 0x04, byte number])
        {
            return number switch
            {
                3 => "CN="u8,
                5 => "serialNumber="u8,
                6 => "C="u8,
                7 => "L="u8,
                8 => "ST="u8,
                9 => "STREET="u8,
                10 => "O="u8,
                11 => "OU="u8,
                _ => [],
            };
        }

        return type.SequenceEqual((ReadOnlySpan<byte>)[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x01]) ? "emailAddress="u8 : [];
    }

    private static bool TryRead(scoped ref ReadOnlySpan<byte> bytes, byte tag, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (bytes.Length < 2 || bytes[0] != tag)
        {
            return false;
        }

        int length = bytes[1];
        int header = 2;
        if (length >= 0x80)
        {
            int count = length & 0x7F;
            if (count is 0 or > 3 || bytes.Length < 2 + count)
            {
                return false;
            }

            length = 0;
            for (int i = 0; i < count; i++)
            {
                length = length << 8 | bytes[2 + i];
            }

            header += count;
        }

        if (length > bytes.Length - header)
        {
            return false;
        }

        content = bytes.Slice(header, length);
        bytes = bytes[(header + length)..];
        return true;
    }
}
