using System.Reflection;
using Weft.Conformance.Support;

namespace Weft.Conformance.ArchitectureTests;

/// <summary>Every package's folder has the same shape, so that who knows one knows all.</summary>
[Trait(Kind.Key, Kind.Architecture)]
public sealed class PackageShapeTests
{
    public static TheoryData<string> Projects => [.. ProjectFiles().Select(path => Path.GetFileNameWithoutExtension(path))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_package_has_a_readme_that_names_it(string project)
    {
        string readme = Path.Combine(FolderOf(project), "README.md");
        Assert.True(File.Exists(readme), $"{project} has no README.md");
        Assert.Contains(project, File.ReadAllText(readme), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_public_type_has_a_file_named_after_it(string project)
    {
        HashSet<string> files = [.. Repository.Files(FolderOf(project))
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal))
            .Select(file => Path.GetFileName(file).Split('.')[0])];
        string[] homeless = [.. PublicTypes(project).Where(type => !type.IsNested).Select(type => type.Name.Split('`')[0]).Except(files)];
        Assert.Empty(homeless);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_public_class_is_sealed_static_or_abstract(string project) =>
        Assert.Empty(PublicTypes(project).Where(type => type.IsClass && !type.IsSealed && !type.IsAbstract).Select(type => type.FullName));

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_public_member_goes_undocumented(string project)
    {
        // The build enforces it (CS1591 is an error under src/); here nobody switches that off.
        foreach (string file in Repository.Files(FolderOf(project)).Where(file => Path.GetExtension(file) is ".cs" or ".csproj" or ".props" or ".editorconfig"))
        {
            Assert.DoesNotContain("1591", File.ReadAllText(file), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("1591", File.ReadAllText(Repository.File("Directory.Build.props")), StringComparison.Ordinal);
        Assert.DoesNotContain("1591", File.ReadAllText(Repository.File(".editorconfig")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, BuiltName(project) + ".xml")), $"{project} was built without its documentation file");
    }

    private static IEnumerable<string> ProjectFiles() =>
        Repository.Files(Repository.File("src")).Where(file => file.EndsWith(".csproj", StringComparison.Ordinal));

    private static string FolderOf(string project) => Path.GetDirectoryName(ProjectFiles().Single(path => Path.GetFileNameWithoutExtension(path) == project))!;

    /// <summary>The executable's assembly is called as one types it, in small letters.</summary>
    private static string BuiltName(string project) => BuiltAssembly.Packages.Keys.Single(built => built.Equals(project, StringComparison.OrdinalIgnoreCase));

    private static Type[] PublicTypes(string project) => Assembly.Load(BuiltName(project)).GetExportedTypes();
}
