namespace Weft.Ports;

/// <summary>
/// A port with whose device another process can go on, without the device noticing and without a frame being lost: both have the same
/// queues of the kernel for a moment, and never more than one of them reads.
/// </summary>
/// <remarks>
/// The one that has the device calls <see cref="Offer"/> at any time, <see cref="Pause"/> when the other is ready, takes what was begun
/// until <see cref="HasBegun"/> is false, and calls <see cref="Yield"/>. From then on either it calls <see cref="Continue"/>, because the
/// other gave up, or the other calls <see cref="Begin"/> and this one is disposed. The other made its port of the offer before, paused.
/// Where the device cannot be passed on (<see cref="Offer"/> is null) it is let go of by the one and opened by the other.
/// </remarks>
public interface IHandoverPort : IPort
{
    /// <summary>While paused: true if <see cref="IPort.Receive"/> still has something to give, the rest of a frame that was cut.</summary>
    bool HasBegun { get; }

    /// <summary>What the other process needs; null if there is no device now, or it cannot be passed on. The descriptors stay this port's.</summary>
    PortHandover? Offer();

    /// <summary>Takes no new frame from the device any more. It still sends.</summary>
    void Pause();

    /// <summary>Where the other is to go on reading. Lets go of a device that cannot be passed on.</summary>
    /// <returns>Opaque numbers for <see cref="Begin"/>; none if there is nothing to go on with.</returns>
    IReadOnlyList<long> Yield();

    /// <summary>Goes on as if nothing had been, because the other process did not.</summary>
    void Continue();

    /// <summary>Goes on where the other process stopped. If it has another device by now than it offered, this port opens that itself.</summary>
    /// <param name="position">What <see cref="Yield"/> gave there.</param>
    void Begin(IReadOnlyList<long> position);
}
