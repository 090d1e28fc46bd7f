using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>Hexadecimal text of single octets, for the address types' parsers and formatters.</summary>
internal static class HexDigits
{
    /// <summary>Reads two hexadecimal digits of either case.</summary>
    public static bool TryReadByte(char high, char low, out byte value)
    {
        int h = Digit(high);
        int l = Digit(low);
        value = (byte)((h << 4) | l);
        return (h | l) >= 0;
    }

    /// <summary>Writes two lower-case digits.</summary>
    public static void WriteByte(Span<char> destination, byte value)
    {
        const string Digits = "0123456789abcdef";
        destination[1] = Digits[value & 0xF];
        destination[0] = Digits[value >> 4];
    }

    /// <summary>The value of a digit, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Digit(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'f' => c - 'a' + 10,
        >= 'A' and <= 'F' => c - 'A' + 10,
        _ => -1,
    };
}
