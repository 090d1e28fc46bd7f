namespace Weft.MeshAgent.Loops;

/// <summary>A connection of a loop: asked about its deadlines a few times a second, and ended with the loop.</summary>
internal interface ILoopMember
{
    /// <summary>Its place in the loop's list; owned by the loop. -1 while it is in none.</summary>
    int MemberIndex { get; set; }

    /// <summary>Looks at its deadlines. Runs on the loop's thread.</summary>
    /// <param name="now">Milliseconds of a monotonic clock.</param>
    void OnTick(long now);

    /// <summary>Ends at once. Runs on the loop's thread.</summary>
    void EndNow();
}
