using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

// Copies assemblies into a folder, ready to be compiled ahead of time: Precompiler FOLDER ASSEMBLY...
//
// The modules of F# are classes without the flag `beforefieldinit`, which says that static fields may be initialized early.
// For such a class the ahead-of-time compiler of .NET 10 leaves out every generic function over reference types, even where
// the class has nothing to initialize: all of List.map and its kin, and a third of what would then be compiled at the start
// of a program. Where a class has no static constructor the flag means nothing else, so the copies have it set.
string folder = args[0];
foreach (string path in args.AsSpan(1))
{
    byte[] image = File.ReadAllBytes(path);
    using PEReader assembly = new(new MemoryStream(image));
    MetadataReader metadata = assembly.GetMetadataReader();
    int table = assembly.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.TypeDef);
    int row = metadata.GetTableRowSize(TableIndex.TypeDef);
    foreach (TypeDefinitionHandle handle in metadata.TypeDefinitions)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        if ((type.Attributes & TypeAttributes.Interface) == 0 && !HasStaticConstructor(type))
        {
            // a row starts with the attributes
            int at = table + ((MetadataTokens.GetRowNumber(handle) - 1) * row);
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(at), (int)(type.Attributes | TypeAttributes.BeforeFieldInit));
        }
    }

    File.WriteAllBytes(Path.Combine(folder, Path.GetFileName(path)), image);

    bool HasStaticConstructor(TypeDefinition type) =>
        type.GetMethods().Any(method => metadata.StringComparer.Equals(metadata.GetMethodDefinition(method).Name, ".cctor"));
}
