using System.Buffers.Binary;

namespace Weft.Host.Control;

/// <summary>What the host that has a machine says of a move.</summary>
/// <param name="Machine">Number of the machine.</param>
/// <param name="Move">Number of the move, random.</param>
/// <param name="Epoch">Epoch under which it owns the machine.</param>
internal readonly record struct MoveHello(uint Machine, ulong Move, ulong Epoch)
{
    private const int Length = 20;

    public MoveFrame ToFrame()
    {
        byte[] body = new byte[Length];
        BinaryPrimitives.WriteUInt32LittleEndian(body, Machine);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(4), Move);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(12), Epoch);
        return new MoveFrame(MoveFrameKind.Hello, body);
    }

    /// <exception cref="IOException">It is none.</exception>
    public static MoveHello Read(ReadOnlySpan<byte> body) => body.Length == Length
        ? new MoveHello(BinaryPrimitives.ReadUInt32LittleEndian(body), BinaryPrimitives.ReadUInt64LittleEndian(body[4..]), BinaryPrimitives.ReadUInt64LittleEndian(body[12..]))
        : throw new IOException($"A greeting of {body.Length} bytes is impossible.");
}
