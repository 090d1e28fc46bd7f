namespace Weft.Host.Datapath;

/// <summary>A stage that can do some superframes as they are.</summary>
internal interface ISuperframeStage
{
    /// <summary>Whether it does this one, which it may make another one for that; if not, the superframe comes to it as frames.</summary>
    bool TakesWhole(PacketVector vector, ushort slot);
}
