namespace Weft.Services;

/// <summary>Measures how long services take, so that one machine's cannot delay another's. The caller hands one in; engines read no clock of their own.</summary>
public interface IServiceClock
{
    /// <summary>A count that grows with time, in a unit of the implementation's: processor cycles, or nanoseconds.</summary>
    long Ticks { get; }
}
