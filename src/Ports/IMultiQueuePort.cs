namespace Weft.Ports;

/// <summary>A port whose device other threads can use as well, each through a handle of its own.</summary>
public interface IMultiQueuePort : IPort
{
    /// <summary>
    /// Opens another handle to the same device, for another thread. What it receives, if anything, no other handle receives; what
    /// is sent through it needs no lock.
    /// </summary>
    /// <returns>The handle, which the caller disposes; null if the device has no room for one.</returns>
    /// <exception cref="IOException">The system refused.</exception>
    IPort? TryOpenQueue();
}
