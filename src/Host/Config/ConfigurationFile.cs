using System.Text;
using Weft.Host.Config.Comparison;
using Weft.Host.Config.Document;
using Weft.Host.Config.Shapes;
using Weft.Host.Config.Validation;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config;

/// <summary>
/// Reads a configuration, the whole of it, and tells of everything that is wrong in one run. Whatever the text is, the answer
/// is a result and never an exception; the work is bounded by the size of the text, which is bounded itself.
/// </summary>
public static class ConfigurationFile
{
    /// <summary>Reads and validates a file.</summary>
    /// <param name="path">YAML or JSON. Relative paths inside start at its folder. At most 4 MiB.</param>
    /// <param name="overrides">Assignments laid over the document, such as <c>switch.poll=spin</c> or <c>ports[up0].mtu=9000</c>.</param>
    /// <returns>A plan, or errors that say why not; a file that cannot be read is such an error.</returns>
    public static ConfigurationResult Read(string path, IReadOnlyList<string>? overrides = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var problems = new ProblemList();
        var start = new Location(path, 1, 1, "");
        try
        {
            string text = ReadUtf8(path, start, problems);
            return problems.HasErrors ? new ConfigurationResult(null, problems.Sorted()) : ReadText(text, path, overrides);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Error(start, failure is FileNotFoundException or DirectoryNotFoundException ? "the file does not exist" : Directory.Exists(path) ? "this is a folder" : $"the file cannot be read: {failure.Message}");
            return new ConfigurationResult(null, problems.Sorted());
        }
    }

    /// <summary>Reads and validates text.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="path">Where the text comes from: named in problems, and its folder is where relative paths inside start.</param>
    /// <param name="overrides">As for <see cref="Read"/>.</param>
    public static ConfigurationResult ReadText(string text, string path, IReadOnlyList<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var problems = new ProblemList();
        Node? root = NodeReader.Read(text, path, problems);
        if (root is null)
        {
            return new ConfigurationResult(null, problems.Sorted());
        }

        foreach (string assignment in overrides ?? [])
        {
            Overrides.Apply(root, assignment, problems);
        }

        SwitchDocument document = DocumentShape.Root.Read(root, root.At(""), problems);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? Path.GetFullPath("/");
        var context = new ValidationContext(document, problems, folder);
        UniqueValidator.Validate(context);
        PortValidator.Validate(context);
        MemifValidator.Validate(context);
        BondValidator.Validate(context);
        VlanValidator.Validate(context);
        VtepValidator.Validate(context);
        SegmentValidator.Validate(context);
        BridgeValidator.Validate(context);
        RouterValidator.Validate(context);
        NatValidator.Validate(context);
        NatGatewayValidator.Validate(context);
        SaseValidator.Validate(context);
        ClusterValidator.Validate(context);
        CapacityValidator.Validate(context);
        WorkerValidator.Validate(context);
        FragmentationValidator.Validate(context);
        SecurityValidator.Validate(context);
        IdsValidator.Validate(context);
        MulticastValidator.Validate(context);
        MachineValidator.Validate(context);
        MeshValidator.Validate(context);
        AnalyticsValidator.Validate(context);
        ApiValidator.Validate(context);
        DhcpRelayValidator.Validate(context);
        MirrorValidator.Validate(context);
        AclValidator.Validate(context);
        SchedulerValidator.Validate(context);
        QosValidator.Validate(context);
        return new ConfigurationResult(problems.HasErrors ? null : PlanBuilder.Build(context) with { Text = new ConfigurationText(root) }, problems.Sorted());
    }

    private static string ReadUtf8(string path, Location start, ProblemList problems)
    {
        using FileStream file = File.OpenRead(path);
        // One octet more than the file should have says that it ends; what has no length, as a pipe, gets what is allowed.
        byte[] bytes = new byte[file is { CanSeek: true, Length: > 0 and < NodeReader.MaxBytes } ? file.Length + 1 : NodeReader.MaxBytes + 1];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length == bytes.Length && length <= NodeReader.MaxBytes)
        {
            problems.Error(start, "the file grew while it was read", "write it under another name and move it here");
            return "";
        }

        if (length > NodeReader.MaxBytes)
        {
            problems.Error(start, $"the file has more than {NodeReader.MaxBytes >> 20} MiB", "a configuration a person could read");
            return "";
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException invalid)
        {
            ReadOnlySpan<byte> before = bytes.AsSpan(0, Math.Clamp(invalid.Index, 0, length));
            int line = before.Count((byte)'\n') + 1;
            int column = before.Length - before.LastIndexOf((byte)'\n');
            problems.Error(start with { Line = line, Column = column }, "the file is not UTF-8 text from here on");
            return "";
        }
    }
}
