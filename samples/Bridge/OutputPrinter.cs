using Weft.Bridge;

namespace Weft.Samples.Bridge;

/// <summary>Prints where the copies of a flooded frame go. A switch would send them.</summary>
internal readonly struct OutputPrinter : IBridgeSink
{
    public void Output(in BridgeOutput output) => Console.Write($" {output.Where} ({output.Rewrite.Kind} tag)");
}
