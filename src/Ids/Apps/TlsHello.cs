using System.Buffers.Binary;

namespace Weft.Ids;

/// <summary>Reads handshake messages of TLS: the server's name (RFC 6066 section 3), versions (RFC 8446 section 4.2.1), certificates.</summary>
internal static class TlsHello
{
    public const byte ClientHello = 1;
    public const byte ServerHello = 2;
    public const byte Certificate = 11;

    private const int MessageHeader = 4;
    private const int Fixed = 2 + 32;
    private const ushort ServerNameExtension = 0;
    private const ushort VersionsExtension = 43;

    /// <summary>Finds a message of a type among those that are complete.</summary>
    /// <param name="handshake">The messages one behind the other, records taken off.</param>
    /// <param name="type">Type of the message.</param>
    /// <param name="body">What is in it.</param>
    public static bool TryFind(ReadOnlySpan<byte> handshake, byte type, out ReadOnlySpan<byte> body)
    {
        body = default;
        while (handshake.Length >= MessageHeader)
        {
            int length = handshake[1] << 16 | handshake[2] << 8 | handshake[3];
            if (length > handshake.Length - MessageHeader)
            {
                return false;
            }

            if (handshake[0] == type)
            {
                body = handshake.Slice(MessageHeader, length);
                return true;
            }

            handshake = handshake[(MessageHeader + length)..];
        }

        return false;
    }

    /// <summary>The name that a client asks for, empty if it does not say.</summary>
    public static ReadOnlySpan<byte> ServerName(ReadOnlySpan<byte> hello)
    {
        if (!TryExtension(hello, isClient: true, ServerNameExtension, out ReadOnlySpan<byte> data) || data.Length < 5 || data[2] != 0)
        {
            return [];
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(data[3..]);
        return length <= data.Length - 5 ? data.Slice(5, length) : [];
    }

    /// <summary>The version that was agreed on, or that a client offers.</summary>
    public static ushort Version(ReadOnlySpan<byte> hello, bool isClient)
    {
        if (hello.Length < 2)
        {
            return 0;
        }

        ushort version = BinaryPrimitives.ReadUInt16BigEndian(hello);
        bool isNew = TryExtension(hello, isClient, VersionsExtension, out ReadOnlySpan<byte> data) && !isClient && data.Length == 2;
        return isNew ? BinaryPrimitives.ReadUInt16BigEndian(data) : version;
    }

    /// <summary>A certificate of the chain (RFC 5246 section 7.4.2), 0 for the server's own.</summary>
    public static bool TryCertificate(ReadOnlySpan<byte> message, int index, out ReadOnlySpan<byte> certificate)
    {
        certificate = default;
        ReadOnlySpan<byte> rest = message.Length < 3 ? [] : message[3..];
        for (int i = 0; i <= index; i++)
        {
            int length = rest.Length < 3 ? -1 : rest[0] << 16 | rest[1] << 8 | rest[2];
            if (length < 0 || length > rest.Length - 3)
            {
                return false;
            }

            certificate = rest.Slice(3, length);
            rest = rest[(3 + length)..];
        }

        return true;
    }

    private static bool TryExtension(ReadOnlySpan<byte> hello, bool isClient, ushort type, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (!TrySkip(ref hello, Fixed) || !TrySkipVector(ref hello, 1))
        {
            return false;
        }

        // A client lists ciphers and compressions, a server names one of each.
        bool isSkipped = isClient ? TrySkipVector(ref hello, 2) && TrySkipVector(ref hello, 1) : TrySkip(ref hello, 3);
        if (!isSkipped || !TrySkip(ref hello, 2))
        {
            return false;
        }

        while (hello.Length >= 4)
        {
            ushort found = BinaryPrimitives.ReadUInt16BigEndian(hello);
            int length = BinaryPrimitives.ReadUInt16BigEndian(hello[2..]);
            if (length > hello.Length - 4)
            {
                return false;
            }

            if (found == type)
            {
                data = hello.Slice(4, length);
                return true;
            }

            hello = hello[(4 + length)..];
        }

        return false;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> bytes, int count)
    {
        bool isThere = bytes.Length >= count;
        bytes = isThere ? bytes[count..] : bytes;
        return isThere;
    }

    private static bool TrySkipVector(ref ReadOnlySpan<byte> bytes, int lengthBytes)
    {
        if (bytes.Length < lengthBytes)
        {
            return false;
        }

        int length = lengthBytes == 1 ? bytes[0] : BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return TrySkip(ref bytes, lengthBytes + length);
    }
}
