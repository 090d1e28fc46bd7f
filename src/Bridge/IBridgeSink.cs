namespace Weft.Bridge;

/// <summary>Takes the copies of a flooded frame. Implement it as a struct: calls are then direct.</summary>
public interface IBridgeSink
{
    /// <summary>One copy; called in ascending order of ports, then in the order of the segment's tunnel endpoints.</summary>
    void Output(in BridgeOutput output);
}
