using Weft.Services;

namespace Weft.Host.Config;

/// <summary>A service in processes of its own.</summary>
public sealed record ContainerPlan
{
    /// <summary>Beginning of the paths of the files that are shared with the processes; name of the machine and number of the instance follow.</summary>
    public required string Memory { get; init; }

    /// <summary>Instances that new flows go to.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>Size of the memory, and patience.</summary>
    public ContainerOptions Options { get; init; } = new();

    /// <summary>The file that an instance shares with its process.</summary>
    public string PathOf(string machine, int instance) => $"{Memory}.{machine}.{instance}";
}
