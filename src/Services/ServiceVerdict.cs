namespace Weft.Services;

/// <summary>What a service says of a packet.</summary>
public enum ServiceVerdict : byte
{
    /// <summary>The packet goes on, changed or not.</summary>
    Pass,

    /// <summary>The packet goes on, and no later packet of its flow in this direction needs to visit the service.</summary>
    PassAndLeave,

    /// <summary>The packet is dropped, for the reason in <see cref="ServiceCall.Reason"/>.</summary>
    Drop,

    /// <summary>The service keeps the packet's content; the packet goes no further.</summary>
    Consume,

    /// <summary>The packet goes on, after its flow has been classified anew. Honoured once a packet.</summary>
    Reclassify,

    /// <summary>The service cannot deal with the packet; it is treated as <see cref="FailurePolicy"/> says.</summary>
    OutOfOrder,
}
