namespace Functional

open System.IO.Compression
open Functional.CheckpointParts

/// Saving and loading fitted preparations.
[<AutoOpen>]
module PreparationFiles =
    /// The entry of an archive that holds the steps.
    let internal stepsEntry = "preparation.json"

    let private format = "functional-preparation"

    /// Using fitted preparations.
    module Prepared =
        /// Writes a fitted preparation to a .zip file, atomically: all that its steps learnt, as JSON in full precision. Steps made
        /// from functions are an error that names them, unless their kinds were registered.
        let save (path: string) (prepared: Prepared) : unit =
            let operation = "Prepared.save"
            PreparationJson.demandKnown operation prepared

            let content =
                json (fun writer ->
                    writer.WriteStartObject()
                    writeFormat writer format
                    writer.WritePropertyName "preparation"
                    PreparationJson.write writer prepared
                    writer.WriteEndObject())

            Archive.write operation path [ stepsEntry, CompressionLevel.Optimal, text content ]

        /// Reads a fitted preparation that `save` wrote. Raises `InvalidFile`, with what is wrong, for a file that is missing, damaged
        /// or of another kind, or that holds a step of a kind that is not known (see `PreparationKind.register`).
        let load (path: string) : Prepared =
            Archive.read path Archive.usualLimit (fun archive ->
                parse path stepsEntry (readText stepsEntry archive) (fun root ->
                    checkFormat format root
                    PreparationJson.read (field "preparation" root)))
