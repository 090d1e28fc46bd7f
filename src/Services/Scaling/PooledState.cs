namespace Weft.Services;

/// <summary>What a <see cref="ServicePool{TService, TState}"/> remembers of a flow: which instance has it, and what that instance remembers.</summary>
/// <typeparam name="TState">State of the service.</typeparam>
public struct PooledState<TState>
    where TState : unmanaged
{
    /// <summary>One more than the number of the instance; 0 while none has the flow.</summary>
    internal ulong Instance;

    internal TState Inner;
}
