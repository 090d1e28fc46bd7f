using System.Security.Cryptography;

namespace Weft.Ids;

/// <summary>Runs transforms, from one buffer into another.</summary>
internal static class TransformRunner
{
    /// <summary>Runs one.</summary>
    /// <returns>Bytes written; what does not fit is left off.</returns>
    public static int Run(Transform transform, ReadOnlySpan<byte> input, Span<byte> output)
    {
        switch (transform.Kind)
        {
            case TransformKind.DotPrefix:
                int kept = Math.Max(0, Math.Min(input.Length, output.Length - 1));
                output[0] = (byte)'.';
                input[..kept].CopyTo(output[1..]);
                return kept + 1;
            case TransformKind.ToLower:
            case TransformKind.ToUpper:
                return ChangeCase(input, output, transform.Kind == TransformKind.ToLower);
            case TransformKind.StripWhitespace:
                return Whitespace(input, output, keepOne: false);
            case TransformKind.CompressWhitespace:
                return Whitespace(input, output, keepOne: true);
            case TransformKind.UrlDecode:
                return UrlDecode(input, output);
#pragma warning disable CA5350, CA5351 // Rules compare with these digests; nothing is protected by them.
            case TransformKind.Md5:
                return MD5.HashData(input, output);
            case TransformKind.Sha1:
                return SHA1.HashData(input, output);
#pragma warning restore CA5350, CA5351
            case TransformKind.Sha256:
                return SHA256.HashData(input, output);
            case TransformKind.Xor:
                return Xor(input, output, transform.KeyBytes, 0);
            case TransformKind.XorExtracted:
                return XorExtracted(transform, input, output);
            case TransformKind.HeaderLowercase:
                return HeaderLowercase(input, output);
            case TransformKind.DomainName:
                return Domain(input, output);
            default:
                return StripPseudo(input, output);
        }
    }

    private static int ChangeCase(ReadOnlySpan<byte> input, Span<byte> output, bool lower)
    {
        int length = Math.Min(input.Length, output.Length);
        for (int i = 0; i < length; i++)
        {
            byte value = input[i];
            bool isLetter = lower ? value is >= (byte)'A' and <= (byte)'Z' : value is >= (byte)'a' and <= (byte)'z';
            output[i] = isLetter ? (byte)(value ^ 0x20) : value;
        }

        return length;
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (>= 9 and <= 13);

    private static int Whitespace(ReadOnlySpan<byte> input, Span<byte> output, bool keepOne)
    {
        int length = 0;
        bool isBehindSpace = false;
        foreach (byte value in input)
        {
            bool isSpace = IsSpace(value);
            if (length < output.Length && (!isSpace || (keepOne && !isBehindSpace)))
            {
                output[length++] = value;
            }

            isBehindSpace = isSpace;
        }

        return length;
    }

    private static int UrlDecode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int length = HttpTarget.Decode(input, output);

        // A plus that was written as such stands for a blank; one that was escaped does not.
        int at = 0;
        for (int i = 0; i < input.Length && at < length; i++, at++)
        {
            if (input[i] == '+')
            {
                output[at] = (byte)' ';
            }
            else if (input[i] == '%' && i + 2 < input.Length && char.IsAsciiHexDigit((char)input[i + 1]) && char.IsAsciiHexDigit((char)input[i + 2]))
            {
                i += 2;
            }
        }

        return length;
    }

    private static int Xor(ReadOnlySpan<byte> input, Span<byte> output, ReadOnlySpan<byte> key, int offset)
    {
        int length = Math.Min(input.Length, output.Length);
        input[..length].CopyTo(output);
        for (int i = offset; i < length; i++)
        {
            output[i] ^= key[(i - offset) % key.Length];
        }

        return length;
    }

    private static int XorExtracted(Transform transform, ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (transform.KeyOffset + transform.KeyLength > input.Length || transform.DataOffset > input.Length)
        {
            return 0;
        }

        return Xor(input, output, input.Slice(transform.KeyOffset, transform.KeyLength), transform.DataOffset);
    }

    private static int HeaderLowercase(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int length = Math.Min(input.Length, output.Length);
        bool isName = true;
        for (int i = 0; i < length; i++)
        {
            isName = input[i] != ':' && (isName || input[i] == '\n');
            output[i] = isName && input[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(input[i] | 0x20) : input[i];
        }

        return length;
    }

    // The last two labels; public suffixes of more are not known here.
    private static int Domain(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int last = input.LastIndexOf((byte)'.');
        int before = last <= 0 ? -1 : input[..last].LastIndexOf((byte)'.');
        ReadOnlySpan<byte> domain = input[(before + 1)..];
        int length = Math.Min(domain.Length, output.Length);
        domain[..length].CopyTo(output);
        return length;
    }

    // Lines of HTTP/2's pseudo headers begin with a colon.
    private static int StripPseudo(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int length = 0;
        while (!input.IsEmpty)
        {
            int feed = input.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = feed < 0 ? input : input[..(feed + 1)];
            input = input[line.Length..];
            int kept = line[0] == ':' ? 0 : Math.Min(line.Length, output.Length - length);
            line[..kept].CopyTo(output[length..]);
            length += kept;
        }

        return length;
    }
}
