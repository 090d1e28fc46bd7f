using System.Runtime.InteropServices;

namespace Weft.MeshAgent;

/// <summary>What the agent needs from the machine.</summary>
internal static class Platform
{
    public static void Require()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("the mesh agent needs Linux");
        }

        if (!NativeLibrary.TryLoad("libssl.so.3", out _) || !NativeLibrary.TryLoad("libcrypto.so.3", out _))
        {
            throw new PlatformNotSupportedException("the mesh agent needs OpenSSL 3 (libssl.so.3)");
        }
    }
}
