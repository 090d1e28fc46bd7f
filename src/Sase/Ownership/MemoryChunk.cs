using System.Buffers.Binary;

namespace Weft.Sase.Ownership;

/// <summary>One saying of a tenant's services in a message; octets of the next one follow.</summary>
/// <remarks>
/// <code>
///  0            4     5     6            8
/// +------------+-----+-----+------------+- - -
/// |    VNI     |first|  0  |   length   | what it says
/// +------------+-----+-----+------------+- - -
/// </code>
/// </remarks>
internal readonly record struct MemoryChunk(uint Vni, bool IsFirst, int Length)
{
    public const int HeaderLength = 8;

    /// <summary>Octets of what is said, so that it fits in a message.</summary>
    public const int MaxBytes = PopMessage.MaxBytes - PopMessage.Length - HeaderLength;

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Vni);
        (bytes[4], bytes[5]) = (IsFirst ? (byte)1 : (byte)0, 0);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)Length);
    }

    /// <summary>Reads the first one of a body; false if there is none, or it is cut off.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out MemoryChunk chunk)
    {
        chunk = bytes.Length < HeaderLength ? default : new MemoryChunk(BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[4] != 0, BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]));
        return bytes.Length >= HeaderLength + chunk.Length && chunk.Length > 0;
    }
}
