using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Weft.Bench.Ratios;
using Weft.MeshAgent;

namespace Weft.Bench.MeshAgent;

/// <summary>Two processes that are the ends of a tunnel on loopback, and the applications at both sides of it, which run in this process.</summary>
internal sealed class TunnelRig : IDisposable
{
    private const long TicksPerSecond = 100; // USER_HZ of /proc/PID/stat on every architecture that .NET runs on

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-bench-mesh-").FullName;
    private readonly List<Process> _processes = [];
    private readonly Socket _echo;
    private readonly Socket _sink;
    private readonly IPEndPoint _echoAt;
    private readonly IPEndPoint _sinkAt;

    private TunnelRig(string kind)
    {
        string authority = Path.Combine(_folder, "ca");
        DevelopmentAuthority.Initialize(authority, MeshAgentProcess.TrustDomain, TimeProvider.System);
        foreach (string name in new[] { "client", "server" })
        {
            DevelopmentAuthority.Issue(authority, MeshAgentProcess.Id(name), Path.Combine(_folder, name), TimeSpan.FromDays(1), TimeProvider.System);
        }

        _echo = Serve(EchoLoop);
        _sink = Serve(SinkLoop);
        IPEndPoint[] free = Free(4);
        (_echoAt, _sinkAt) = (free[0], free[1]);
        foreach ((Socket application, IPEndPoint at, IPEndPoint tunnel) in new[] { (_echo, _echoAt, free[2]), (_sink, _sinkAt, free[3]) })
        {
            Start(kind, "server", tunnel, (IPEndPoint)application.LocalEndPoint!);
            Start(kind, "client", at, tunnel);
        }
    }

    /// <summary>Makes a tunnel of stunnel, of SslStream, or of ours in a mode, and uses it until it is warm.</summary>
    public static TunnelRig? TryCreate(string kind, out string? whyNot)
    {
        whyNot = kind == "stunnel" && !PeerProcess.Exists("stunnel4") ? "stunnel4 is not installed" : null;
        if (whyNot is not null)
        {
            return null;
        }

        var rig = new TunnelRig(kind);
        for (int attempt = 0; attempt < 600; attempt++)
        {
            if (rig.Answers(rig._echoAt, waits: true) && rig.Answers(rig._sinkAt, waits: false))
            {
                return rig;
            }

            Thread.Sleep(50);
        }

        rig.Dispose();
        throw new InvalidOperationException($"the tunnel of {kind} does not come up");
    }

    /// <summary>Makes connections that exchange 64 bytes and are reset, from four threads.</summary>
    /// <returns>CPU time of both ends and the time that passed, for one connection; how many failed.</returns>
    public (double CpuMicroseconds, double Microseconds, ulong Failed) Connect(int connections)
    {
        const int threads = 4;
        long failed = 0;
        long cpu = CpuMicroseconds();
        long start = Stopwatch.GetTimestamp();
        OnThreads(threads, () =>
        {
            byte[] buffer = new byte[64];
            for (int i = 0; i < connections / threads; i++)
            {
                try
                {
                    using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
                    socket.Connect(_echoAt);
                    Exchange(socket, buffer);
                }
                catch (SocketException)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        });
        double elapsed = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        return ((double)(CpuMicroseconds() - cpu) / connections, elapsed / connections, (ulong)failed);
    }

    /// <summary>Sends bytes one way and waits until all have arrived.</summary>
    /// <returns>CPU seconds of both ends for a gigabyte; how many bytes are missing.</returns>
    public (double CpuSecondsPerGigabyte, ulong Missing) Send(long bytes)
    {
        long cpu = CpuMicroseconds();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(_sinkAt);
        byte[] chunk = new byte[131_072];
        for (long left = bytes; left > 0; left -= chunk.Length)
        {
            _ = socket.Send(chunk, 0, (int)Math.Min(left, chunk.Length), SocketFlags.None);
        }

        socket.Shutdown(SocketShutdown.Send);
        byte[] count = new byte[8];
        Fill(socket, count);
        return ((CpuMicroseconds() - cpu) / 1e6 / (bytes / 1e9), (ulong)(bytes - BitConverter.ToInt64(count)));
    }

    /// <summary>The median time of an exchange of 64 bytes over one connection.</summary>
    public double RoundTripMicroseconds(int exchanges)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(_echoAt);
        byte[] buffer = new byte[64];
        double[] times = new double[exchanges];
        for (int i = -100; i < exchanges; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Exchange(socket, buffer);
            if (i >= 0)
            {
                times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
        }

        Array.Sort(times);
        return times[exchanges / 2];
    }

    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _echo.Dispose();
        _sink.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Start(string kind, string side, IPEndPoint listen, IPEndPoint connect)
    {
        ProcessStartInfo start = kind == "stunnel" ? Stunnel(side, listen, connect) : Ours(kind, side, listen, connect);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
    }

    private ProcessStartInfo Ours(string kind, string side, IPEndPoint listen, IPEndPoint connect)
    {
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Assembly.GetExecutingAssembly().Location] : [];
        return new ProcessStartInfo(program, [.. self, "mesh-agent", side, _folder, listen.ToString(), connect.ToString(), kind]);
    }

    private ProcessStartInfo Stunnel(string side, IPEndPoint listen, IPEndPoint connect)
    {
        string folder = Path.Combine(_folder, side);
        string configuration = Path.Combine(folder, $"stunnel-{listen.Port}.conf");
        File.WriteAllText(configuration, $"""
            foreground = yes
            pid =
            debug = 0
            [tunnel]
            client = {(side == "client" ? "yes" : "no")}
            accept = {listen}
            connect = {connect}
            cert = {folder}/cert.pem
            key = {folder}/key.pem
            CAfile = {folder}/bundle.pem
            verifyChain = yes
            sslVersionMin = TLSv1.3

            """);
        return new ProcessStartInfo("stunnel4", [configuration]);
    }

    private bool Answers(IPEndPoint at, bool waits)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
            socket.Connect(at);
            byte[] buffer = new byte[waits ? 64 : 8];
            if (waits)
            {
                Exchange(socket, buffer);
            }
            else
            {
                socket.Shutdown(SocketShutdown.Send);
                Fill(socket, buffer);
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private long CpuMicroseconds() => _processes.Sum(process =>
    {
        // utime and stime are the 14th and 15th fields; the second, the program's name, may contain anything but ends with the last ')'.
        string stat = File.ReadAllText($"/proc/{process.Id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) * (1_000_000 / TicksPerSecond);
    });

    private static void Exchange(Socket socket, byte[] buffer)
    {
        _ = socket.Send(buffer);
        Fill(socket, buffer);
    }

    private static void Fill(Socket socket, byte[] buffer)
    {
        for (int have = 0; have < buffer.Length;)
        {
            int count = socket.Receive(buffer, have, buffer.Length - have, SocketFlags.None);
            have += count > 0 ? count : throw new SocketException((int)SocketError.ConnectionReset);
        }
    }

    private static Socket Serve(Action<Socket> serve)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(4096);
        _ = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    Socket accepted = await listener.AcceptAsync().ConfigureAwait(false);
                    accepted.NoDelay = true;
                    new Thread(() => Guarded(accepted, serve)) { IsBackground = true }.Start();
                }
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                // Disposed.
            }
        });
        return listener;
    }

    private static void Guarded(Socket accepted, Action<Socket> serve)
    {
        using (accepted)
        {
            try
            {
                serve(accepted);
            }
            catch (SocketException)
            {
                // Reset, as the load does.
            }
        }
    }

    private static void EchoLoop(Socket socket)
    {
        byte[] buffer = new byte[4096];
        int count;
        while ((count = socket.Receive(buffer)) > 0)
        {
            _ = socket.Send(buffer, 0, count, SocketFlags.None);
        }
    }

    private static void SinkLoop(Socket socket)
    {
        byte[] buffer = new byte[262_144];
        long total = 0;
        int count;
        while ((count = socket.Receive(buffer)) > 0)
        {
            total += count;
        }

        _ = socket.Send(BitConverter.GetBytes(total));
    }

    private static void OnThreads(int count, Action action)
    {
        Thread[] threads = [.. Enumerable.Range(0, count).Select(_ => new Thread(() => action()))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
    }

    private static IPEndPoint[] Free(int count)
    {
        Socket[] sockets = [.. Enumerable.Range(0, count).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        Array.ForEach(sockets, socket => socket.Bind(new IPEndPoint(IPAddress.Loopback, 0)));
        IPEndPoint[] free = [.. sockets.Select(socket => (IPEndPoint)socket.LocalEndPoint!)];
        Array.ForEach(sockets, socket => socket.Dispose());
        return free;
    }
}
