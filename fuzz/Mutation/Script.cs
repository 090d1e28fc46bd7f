using System.Buffers.Binary;

namespace Weft.Fuzz.Mutation;

/// <summary>One line of a script: what comes in where, and how long after the one before.</summary>
internal readonly ref struct ScriptStep(byte where, TimeSpan wait, ReadOnlySpan<byte> bytes)
{
    /// <summary>A port, a direction, a peer: the target says what.</summary>
    public byte Where { get; } = where;

    public TimeSpan Wait { get; } = wait;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;
}

/// <summary>
/// A conversation as bytes: for each step, where (1 byte), microseconds of waiting as an exponent and a mantissa (1 byte: from nothing to hours), a length
/// (2 bytes) and the bytes. Any bytes are a script: the last step may be cut short.
/// </summary>
internal ref struct ScriptReader(ReadOnlySpan<byte> script)
{
    public const int HeaderBytes = 4;

    private ReadOnlySpan<byte> _rest = script;

    public bool TryRead(out ScriptStep step)
    {
        step = default;
        if (_rest.Length < HeaderBytes)
        {
            return false;
        }

        int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]), _rest.Length - HeaderBytes);
        step = new ScriptStep(_rest[0], WaitOf(_rest[1]), _rest.Slice(HeaderBytes, length));
        _rest = _rest[(HeaderBytes + length)..];
        return true;
    }

    /// <summary>0 is no wait; otherwise 2 to the power of the upper five bits in microseconds, stretched by the lower three.</summary>
    private static TimeSpan WaitOf(byte code) => code == 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds((1L << (code >> 3)) * (8 + (code & 7)) / 8);
}

internal static class Script
{
    /// <summary>Writes a step.</summary>
    public static byte[] Step(byte where, byte wait, ReadOnlySpan<byte> bytes)
    {
        byte[] step = new byte[ScriptReader.HeaderBytes + bytes.Length];
        (step[0], step[1]) = (where, wait);
        BinaryPrimitives.WriteUInt16BigEndian(step.AsSpan(2), (ushort)bytes.Length);
        bytes.CopyTo(step.AsSpan(ScriptReader.HeaderBytes));
        return step;
    }

    /// <summary>The places where steps begin, and the end of the last.</summary>
    public static List<int> Bounds(ReadOnlySpan<byte> script)
    {
        var bounds = new List<int> { 0 };
        int at = 0;
        while (script.Length - at >= ScriptReader.HeaderBytes)
        {
            at = Math.Min(script.Length, at + ScriptReader.HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(script[(at + 2)..]));
            bounds.Add(at);
        }

        return bounds;
    }
}
