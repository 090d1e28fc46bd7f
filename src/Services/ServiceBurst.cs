using Weft.Packets;

namespace Weft.Services;

/// <summary>What all visits of one burst share.</summary>
internal struct ServiceBurst
{
    public Timestamp Now;
    public ServiceDirection Direction;
    public ServiceOutbox Outbox;

    /// <summary>Place, among the packets handed to a slot, of the one it is busy with: if it throws, this one is to blame.</summary>
    public int Position;

    /// <summary>A packet has come to its end, so that not all visit the same services any more.</summary>
    public bool Diverges;

    /// <summary>A packet of the burst asked for another classification.</summary>
    public bool Reclassifies;
}
