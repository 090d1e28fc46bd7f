namespace Weft.Host.Control;

/// <summary>What travels between two hosts of a move: kind and content.</summary>
internal readonly record struct MoveFrame(MoveFrameKind Kind, byte[] Body);

/// <summary>Kinds of <see cref="MoveFrame"/>.</summary>
internal enum MoveFrameKind : byte
{
    /// <summary>From whoever connects: which machine, which move.</summary>
    Hello,

    /// <summary>The machine may come.</summary>
    Ready,

    /// <summary>It may not; the content says why.</summary>
    Refused,

    /// <summary>From whoever connects: under which epoch does this host own the machine? The answer has the same kind.</summary>
    Owner,

    /// <summary>A message of the engine.</summary>
    Message,

    /// <summary>A packet that came after the machine.</summary>
    Packet,
}
