using Weft.Encap;

namespace Weft.Host.Datapath.Machines;

/// <summary>What a set remembers of a flow that is encrypted: for people.</summary>
internal struct EncryptionState
{
    /// <summary>Packets sealed, or opened.</summary>
    public ulong Packets;

    /// <summary>The association of the last one.</summary>
    public uint Spi;

    /// <summary>What became of the last one.</summary>
    public EspStatus Status;

    /// <summary>Place of the other machine, counted from one, between the two calls that a packet takes; 0 if there is none.</summary>
    public ushort Peer;
}
