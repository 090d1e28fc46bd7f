using Weft.Packets;

namespace Weft.Host.Datapath.Workers;

/// <summary>Has the workers of a new configuration go on where those of the old one stop.</summary>
internal static class Succession
{
    /// <summary>
    /// Ends the old cores and has the new ones go on where they stopped. Books of workers that are no more go on with the first, and new
    /// workers begin with what the first knew.
    /// </summary>
    /// <param name="next">The new cores; each of a worker that there was before was built to succeed that worker's.</param>
    /// <param name="old">The old ones.</param>
    /// <param name="numbers">What places are called now.</param>
    /// <param name="keepsFrames">Whether both have the same buffers.</param>
    /// <param name="now">The time.</param>
    public static void Inherit(SwitchCore[] next, SwitchCore[] old, NewNumbers numbers, bool keepsFrames, Timestamp now)
    {
        // From the last to the first: new workers copy from the first before its tables change hands.
        for (int worker = next.Length - 1; worker >= 0; worker--)
        {
            next[worker].CarryOver(worker < old.Length ? old[worker] : old[WorkerLink.Home], numbers, keepsFrames && worker < old.Length, now);
        }

        foreach (SwitchCore core in next)
        {
            // A machine may be another worker's now.
            Array.ForEach(old, before => core.Machines.CarryOver(before.Machines, before.Vector.Now));
        }

        for (int worker = 0; worker < old.Length; worker++)
        {
            if (old.Length == next.Length)
            {
                // With as many workers the rest of a frame comes to the one that has its first fragments.
                next[worker].Tunnels.Reassembly.TakeOver(old[worker].Tunnels.Reassembly);
            }

            old[worker].Stop();
            next[worker < next.Length ? worker : WorkerLink.Home].AddBooks(old[worker], numbers);
        }
    }
}
