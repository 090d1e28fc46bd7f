namespace Weft.MeshAgent.Loops;

/// <summary>Something that a loop does between events: the rest of work that was cut short so that others get their turn.</summary>
internal interface ILoopWork
{
    /// <summary>True while it waits for its turn; owned by the loop.</summary>
    bool IsScheduled { get; set; }

    /// <summary>Goes on. Runs on the loop's thread.</summary>
    void Continue();
}
