namespace Weft.Services;

/// <summary>Names a machine whose packets are served: a number that its operator gives, unlike every other machine's of the deployment.</summary>
/// <param name="Value">The number.</param>
public readonly record struct MachineId(uint Value)
{
    /// <summary>For example <c>machine 7</c>.</summary>
    public override string ToString() => $"machine {Value}";
}
