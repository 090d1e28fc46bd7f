namespace Weft.Bridge;

/// <summary>What is to be done with a frame.</summary>
public enum BridgeAction : byte
{
    /// <summary>Drop it; there is a <see cref="BridgeDropReason"/>.</summary>
    Drop,

    /// <summary>Send it to one place, <see cref="BridgeDecision.Output"/>.</summary>
    Forward,

    /// <summary>Send copies to the places that <see cref="LearningBridge.Flood"/> names.</summary>
    Flood,

    /// <summary>Do not send it; send the reply that <see cref="LearningBridge.WriteAnswer"/> builds back to where it came from.</summary>
    Answer,
}
