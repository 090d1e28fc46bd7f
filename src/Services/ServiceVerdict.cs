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

    /// <summary>
    /// The packet goes on as one of another flow: the service has put it into another packet, or taken it out of one. The flow that it came
    /// with keeps the addresses that it had in front of this service, so that its answers are found behind the service on their way
    /// back; the services ahead are those of the other flow, which begins if it is not known. For services with
    /// <see cref="IService{TState}.ChangesFlow"/>.
    /// </summary>
    ChangeFlow,

    /// <summary>The service cannot deal with the packet; it is treated as <see cref="FailurePolicy"/> says.</summary>
    OutOfOrder,
}
