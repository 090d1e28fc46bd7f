using Weft.Packets;

namespace Weft.Ports;

/// <summary>
/// A place where frames enter and leave in bursts. One thread uses a port at a time; nothing on the path of a frame
/// allocates, throws for what the wire delivered, or blocks.
/// </summary>
public interface IPort : IDisposable
{
    /// <summary>The name that configuration, counters and traces use.</summary>
    string Name { get; }

    /// <summary>What the port can do and how it does it.</summary>
    PortCapabilities Capabilities { get; }

    /// <summary>Whether frames can pass now.</summary>
    PortStatus Status { get; }

    /// <summary>What has passed and what has not, since the port was opened.</summary>
    ref readonly PortCounters Counters { get; }

    /// <summary>Descriptor that becomes readable when a frame arrives, for poll(2); -1 if there is none.</summary>
    int PollDescriptor { get; }

    /// <summary>
    /// The time of the next frame that is already known: capture files and simulated links know it, live ports answer
    /// <see cref="Timestamp.MaxValue"/>. A replay advances its clock to the earliest of its ports.
    /// </summary>
    Timestamp NextArrival { get; }

    /// <summary>
    /// Takes up to <paramref name="burst"/>.Length frames that have arrived by <paramref name="now"/> into buffers rented from
    /// <paramref name="pool"/>; the caller owns them. Stops early when the pool is empty, and counts nothing as lost for it.
    /// </summary>
    /// <returns>Frames received, 0 if there are none.</returns>
    int Receive(PacketPool pool, Span<Packet> burst, Timestamp now);

    /// <summary>
    /// Sends the frames of <paramref name="burst"/> in order. The bytes are out of the pool when it returns: the caller still
    /// owns the buffers, may send the same packet elsewhere, and returns them.
    /// </summary>
    /// <returns>
    /// Frames accepted, a prefix of the burst. Those among them that the port refused one by one (oversize, rejected, device
    /// down) are in <see cref="PortCounters.SendRefused"/> and not in <see cref="PortCounters.SentFrames"/>. Frames behind the accepted prefix were not touched and may be offered again: the device's queue is full.
    /// </returns>
    int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now);
}
