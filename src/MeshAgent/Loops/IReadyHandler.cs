namespace Weft.MeshAgent.Loops;

/// <summary>What a loop calls when a socket can go on.</summary>
internal interface IReadyHandler
{
    /// <summary>The socket has become readable or writable, or has failed. Runs on the loop's thread.</summary>
    void OnReady(LoopSocket socket);
}
