using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Weft.Conformance.Support;

namespace Weft.Conformance.ArchitectureTests;

/// <summary>What the metadata of a built package says, read without loading it.</summary>
internal sealed class BuiltAssembly
{
    private BuiltAssembly(string name, IReadOnlySet<string> assemblies, IReadOnlySet<string> types, IReadOnlySet<string> members)
    {
        Name = name;
        References = assemblies;
        UsedTypes = types;
        UsedMembers = members;
    }

    /// <summary>Simple name.</summary>
    public string Name { get; }

    /// <summary>Simple names of the assemblies it refers to.</summary>
    public IReadOnlySet<string> References { get; }

    /// <summary>Full names of the foreign types it uses.</summary>
    public IReadOnlySet<string> UsedTypes { get; }

    /// <summary>Foreign members it uses, as <c>Namespace.Type.Member</c>.</summary>
    public IReadOnlySet<string> UsedMembers { get; }

    /// <summary>Every package of the solution, found beside the tests.</summary>
    public static IReadOnlyDictionary<string, BuiltAssembly> Packages { get; } = Directory
        .EnumerateFiles(AppContext.BaseDirectory, "*.dll")
        .Where(path => IsPackage(Path.GetFileNameWithoutExtension(path)))
        .Select(path => Read(AsCompiled(path)))
        .ToDictionary(assembly => assembly.Name);

    /// <summary>Whether the name is one of a package under src/, not of the tests or of somebody else.</summary>
    public static bool IsPackage(string name) =>
        name.Equals("weft", StringComparison.OrdinalIgnoreCase) || (name.StartsWith("Weft.", StringComparison.Ordinal) && name is not ("Weft.Conformance" or "Weft.Bench" or "Weft.Fuzz"));

    /// <summary>
    /// The same assembly in its own project's output folder: a coverage tool writes files, mutexes and threads of its own into the copies
    /// beside the tests, and what is to be judged is what was compiled.
    /// </summary>
    private static string AsCompiled(string path)
    {
        var output = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string name = Path.GetFileNameWithoutExtension(path);
        string folder = name == "weft" ? "Weft" : name["Weft.".Length..];
        string compiled = Repository.File($"src/{folder}/bin/{output.Parent!.Name}/{output.Name}/{name}.dll");
        return File.Exists(compiled) ? compiled : path;
    }

    private static BuiltAssembly Read(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader metadata = file.GetMetadataReader();
        var assemblies = metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)).ToHashSet();
        var types = metadata.TypeReferences.Select(handle => NameOf(metadata, handle)).ToHashSet();
        var members = metadata.MemberReferences
            .Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => $"{NameOf(metadata, (TypeReferenceHandle)member.Parent)}.{metadata.GetString(member.Name)}")
            .ToHashSet();
        return new BuiltAssembly(metadata.GetString(metadata.GetAssemblyDefinition().Name), assemblies, types, members);
    }

    private static string NameOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        TypeReference type = metadata.GetTypeReference(handle);
        string name = metadata.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{NameOf(metadata, (TypeReferenceHandle)type.ResolutionScope)}+{name}"
            : $"{metadata.GetString(type.Namespace)}.{name}";
    }
}
