using Weft.Bench.Ports;

namespace Weft.Bench.Host.Switches;

/// <summary>The kernel's own bridge, which works in the sender's context.</summary>
internal sealed class KernelBridge(ForwardingPath path) : SwitchUnderTest(path)
{
    protected override void Launch() => Path.AddBridge();
}
