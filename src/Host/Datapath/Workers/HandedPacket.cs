namespace Weft.Host.Datapath.Workers;

/// <summary>A packet on its way to another worker; whoever takes it owns the buffer.</summary>
internal struct HandedPacket
{
    /// <summary>The packet and what was found out about it so far.</summary>
    public PacketContext Context;

    /// <summary>The stage that it meets next.</summary>
    public StageId Stage;

    /// <summary>The port that it leaves through, if that stage is <see cref="StageId.Transmit"/>.</summary>
    public ushort Port;
}
