using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Weft.Bench.Ratios;

/// <summary>
/// A peer in C: a small file of ours in <c>bench/Peers/</c> that calls the peer's library, compiled by gcc when it is needed
/// and loaded into this process, so that both sides run on the same thread and the same clock.
/// </summary>
public sealed class NativePeer : IDisposable
{
    private readonly nint _library;

    private NativePeer(nint library) => _library = library;

    /// <summary>Compiles and loads a peer, with <c>-O3 -march=native</c>.</summary>
    /// <param name="source">File name below <c>bench/Peers/</c>.</param>
    /// <param name="packages">Names for pkg-config whose flags are added, such as <c>libdpdk</c>; may be empty.</param>
    /// <param name="flags">More flags for gcc, such as <c>-lpcap</c>; may be empty.</param>
    /// <param name="whyNot">Why there is no peer, if the result is null.</param>
    public static NativePeer? TryLoad(string source, IReadOnlyList<string> packages, IReadOnlyList<string> flags, out string whyNot)
    {
        whyNot = "";
        if (!OperatingSystem.IsLinux())
        {
            whyNot = "native peers are built on Linux only";
            return null;
        }

        var arguments = new List<string> { "-O3", "-march=native", "-shared", "-fPIC" };
        string sourcePath = Path.Combine(AppContext.BaseDirectory, "Peers", source);
        arguments.Add(sourcePath);
        if (packages.Count > 0)
        {
            if (!TryRun("pkg-config", ["--cflags", "--libs", .. packages], out string found))
            {
                whyNot = $"pkg-config does not know {string.Join(' ', packages)}";
                return null;
            }

            // Some packages name a baseline processor; the peer deserves this one.
            arguments.AddRange(found.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(flag => !flag.StartsWith("-march=", StringComparison.Ordinal)));
        }

        arguments.AddRange(flags);
        string key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', arguments) + File.ReadAllText(sourcePath))))[..16];
        string folder = Directory.CreateTempSubdirectory("weft-bench-").FullName;
        string library = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(source)}-{key}.so");
        try
        {
            if (!TryRun("gcc", [.. arguments, "-o", library], out string output))
            {
                whyNot = $"gcc cannot build {source}: {output.ReplaceLineEndings(" ").Trim()}";
                return null;
            }

            if (!NativeLibrary.TryLoad(library, out nint handle))
            {
                whyNot = $"{source} was built but does not load";
                return null;
            }

            return new NativePeer(handle);
        }
        finally
        {
            Directory.Delete(folder, recursive: true); // a loaded library stays mapped without its file
        }
    }

    /// <summary>Address of an exported function, to be cast to a <c>delegate* unmanaged&lt;…&gt;</c>.</summary>
    /// <exception cref="EntryPointNotFoundException">The peer has no such function.</exception>
    public nint Function(string name) => NativeLibrary.GetExport(_library, name);

    /// <summary>Unloads the peer. Do not call its functions afterwards.</summary>
    public void Dispose() => NativeLibrary.Free(_library);

    private static bool TryRun(string program, IReadOnlyList<string> arguments, out string output)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                output = errors.Result;
            }

            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            output = $"{program} is not installed";
            return false;
        }
    }
}
