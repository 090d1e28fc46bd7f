namespace Weft.Host.Datapath.Workers;

/// <summary>Has the workers of a new configuration go on where those of the old one stop.</summary>
internal static class Succession
{
    /// <summary>
    /// Ends the old cores and has the new ones go on where they stopped. Books of workers that are no more go on with the first, and new
    /// workers begin with what the first knew.
    /// </summary>
    public static void Inherit(SwitchCore[] next, SwitchCore[] old)
    {
        for (int worker = 0; worker < next.Length; worker++)
        {
            next[worker].CarryOver(worker < old.Length ? old[worker] : old[WorkerLink.Home]);
        }

        for (int worker = 0; worker < old.Length; worker++)
        {
            if (old.Length == next.Length)
            {
                // With as many workers the rest of a frame comes to the one that has its first fragments.
                next[worker].Tunnels.Reassembly.TakeOver(old[worker].Tunnels.Reassembly);
            }

            old[worker].Stop();
            next[worker < next.Length ? worker : WorkerLink.Home].AddBooks(old[worker]);
        }
    }
}
