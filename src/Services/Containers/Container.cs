namespace Weft.Services;

/// <summary>
/// A service in another process. Its packets leave the burst, and go on through the services behind it when they come back:
/// <see cref="ServiceSet.Poll"/> sees to that.
/// </summary>
/// <remarks>State of flows that the process keeps does not move with the machine, so flows that visit a container are bound to their host.</remarks>
/// <param name="ring">The way there.</param>
public struct Container(ContainerRing ring) : IService<ContainerState>, IContainer
{
    /// <inheritdoc/>
    public static ServiceInfo Info { get; } = new() { Kind = "container", StateVersion = 1, State = StateKind.Pinned };

    /// <summary>The way there.</summary>
    public readonly ContainerRing Ring => ring;

    /// <inheritdoc/>
    public readonly void End(ref ContainerState state)
    {
        // Nothing is held for a flow beside its state.
    }

    readonly IReadOnlyList<ContainerRing> IContainer.Rings => [ring];

    /// <inheritdoc/>
    public readonly ServiceVerdict Process(ref ServiceCall call, ref ContainerState state)
    {
        if (!ring.TrySubmit(call.Frame, call.Direction, call.Tag()))
        {
            return ServiceVerdict.OutOfOrder;
        }

        state.Packets++;
        return ServiceVerdict.Consume;
    }
}

/// <summary>A service whose packets come back later.</summary>
internal interface IContainer
{
    /// <summary>The ways to the processes that it is in. The list may grow.</summary>
    IReadOnlyList<ContainerRing> Rings { get; }
}
