using Microsoft.Win32.SafeHandles;

namespace Weft.Host.Datapath.Handover;

/// <summary>Open descriptors that nobody wants.</summary>
internal static class PortDescriptors
{
    public static void Close(params ReadOnlySpan<int> descriptors)
    {
        foreach (int descriptor in descriptors)
        {
            new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
        }
    }
}
