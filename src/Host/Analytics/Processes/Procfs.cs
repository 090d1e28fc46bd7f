using System.Globalization;
using System.Runtime.InteropServices;

namespace Weft.Host.Analytics.Processes;

/// <summary>
/// Reads /proc (proc(5)). A process can end between any two reads: what is gone is null or empty, and never an exception.
/// </summary>
internal sealed partial class Procfs(string root = "/proc")
{
    private const int MaxArguments = 64;
    private const int MaxDescriptors = 4096;
    private const int AtCurrentFolder = -100;
    private const uint StatXInode = 0x100;

    // Columns of /proc/PID/stat, counted from the state that follows the name in parentheses.
    private const int ParentColumn = 1;
    private const int StartColumn = 19;

    /// <summary>USER_HZ: what the kernel shows programs, whatever it runs at itself.</summary>
    private const double TicksPerSecond = 100;

    private static readonly (string File, bool IsTcp)[] Tables = [("tcp", true), ("tcp6", true), ("udp", false), ("udp6", false)];

    /// <summary>Every process there is.</summary>
    public IEnumerable<int> ProcessIds() => Directory.EnumerateDirectories(root)
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)
        .Where(number => number > 0);

    /// <summary>Describes a process; null if it is gone, a zombie, or a thread of the kernel.</summary>
    public ProcessDescription? Describe(int process)
    {
        if (Text(process, "stat") is not string stat || stat.LastIndexOf(')') is not (>= 0 and int name))
        {
            return null;
        }

        string[] columns = stat[(name + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (columns.Length <= StartColumn
            || columns[0] == "Z"
            || !int.TryParse(columns[ParentColumn], NumberStyles.None, CultureInfo.InvariantCulture, out int parent)
            || !ulong.TryParse(columns[StartColumn], NumberStyles.None, CultureInfo.InvariantCulture, out ulong start)
            || ExecutableOf(process) is not string executable)
        {
            return null;
        }

        return new ProcessDescription(
            process,
            start,
            parent,
            executable,
            [.. (Text(process, "cmdline") ?? "").Split('\0', MaxArguments + 1, StringSplitOptions.RemoveEmptyEntries).Take(MaxArguments)],
            UserOf(process),
            GroupOf(process),
            Link(process, "ns/net") ?? "");
    }

    /// <summary>How long ago a process began, to ten milliseconds; null if the machine does not say.</summary>
    public TimeSpan? AgeOf(ProcessDescription process)
    {
        string? uptime = Read("uptime")?.Split(' ')[0];
        return double.TryParse(uptime, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            ? TimeSpan.FromSeconds(Math.Max(0, seconds - process.StartTicks / TicksPerSecond))
            : null;
    }

    /// <summary>The program that a process runs; null if it is gone or runs none. A file that was replaced meanwhile keeps its path.</summary>
    public string? ExecutableOf(int process)
    {
        const string deleted = " (deleted)";
        string? link = Link(process, "exe");
        return link is { Length: > 0 } && link.EndsWith(deleted, StringComparison.Ordinal) ? link[..^deleted.Length] : link;
    }

    /// <summary>The network namespace that <c>ip netns</c> knows by a name, in the form of <see cref="ProcessDescription.NetworkNamespace"/>; null if there is none.</summary>
    public static string? NamespaceOf(string name)
    {
        // statx(2): the file's inode is the namespace's number. Of the 256 bytes it fills, stx_ino is at 32.
        Span<byte> status = stackalloc byte[256];
        return OperatingSystem.IsLinux() && StatX(AtCurrentFolder, $"/var/run/netns/{name}", 0, StatXInode, status) == 0
            ? $"net:[{BitConverter.ToUInt64(status[32..])}]"
            : null;
    }

    /// <summary>Sockets of the network namespace that a process is in.</summary>
    public List<SocketEntry> SocketsBeside(int process)
    {
        var sockets = new List<SocketEntry>();
        foreach ((string file, bool isTcp) in Tables)
        {
            if (Text(process, $"net/{file}") is string table)
            {
                SocketTable.Parse(table.Split('\n'), isTcp, sockets);
            }
        }

        return sockets;
    }

    /// <summary>What a process has open: sockets by inode, files by path.</summary>
    public void ReadDescriptors(int process, HashSet<ulong> sockets, List<string> files)
    {
        const string socket = "socket:[";
        try
        {
            foreach (FileInfo descriptor in new DirectoryInfo($"{root}/{process}/fd").EnumerateFiles().Take(MaxDescriptors))
            {
                string target = descriptor.LinkTarget ?? "";
                if (target.StartsWith(socket, StringComparison.Ordinal)
                    && ulong.TryParse(target.AsSpan(socket.Length).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode))
                {
                    _ = sockets.Add(inode);
                }
                else if (target.StartsWith('/'))
                {
                    files.Add(target);
                }
            }
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // It ended, or belongs to somebody whose descriptors this process may not see.
        }
    }

    private int UserOf(int process)
    {
        const string user = "Uid:";
        string? line = (Text(process, "status") ?? "").Split('\n').FirstOrDefault(line => line.StartsWith(user, StringComparison.Ordinal));
        string[] numbers = (line ?? "").Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries);
        return numbers.Length > 2 && int.TryParse(numbers[2], NumberStyles.None, CultureInfo.InvariantCulture, out int effective) ? effective : -1;
    }

    /// <summary>The path in the unified hierarchy, or of the first one.</summary>
    private string GroupOf(int process)
    {
        string[] lines = (Text(process, "cgroup") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string line = lines.FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? "";
        return line.Split(':', 3) is [_, _, string path] ? path : "";
    }

    private string? Link(int process, string name)
    {
        try
        {
            return new FileInfo($"{root}/{process}/{name}").LinkTarget;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string? Text(int process, string name) => Read($"{process}/{name}");

    private string? Read(string path)
    {
        try
        {
            return File.ReadAllText($"{root}/{path}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, Span<byte> status);
}
